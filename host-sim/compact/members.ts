/**
 * Takes methods and accessors out of classes that nothing in the whole program names: no call, no property of any object, no
 * text. XS keeps every method of a class that is used, and so do bundlers, which see one file or do not look at properties.
 *
 * It rests on names of properties not being put together at run time, which portable rooms do not do, and on `kept`: what the
 * platform may call by name.
 */
import { type AnyNode, type MethodDefinition, parse } from "acorn";
import { Blanks, childrenOf } from "./blanks";

/** What the language itself asks objects for. */
const LANGUAGE = ["constructor", "toString", "valueOf", "toJSON", "then", "next", "return", "throw", "message", "name"];

/** What was a method is blank: all else stands where it stood, so a source map still holds. */
export function withoutUnusedMembers(code: string, kept: ReadonlySet<string>): string {
  const program = parse(code, { ecmaVersion: 2022, sourceType: "module" });
  const members: Member[] = [];
  const uses = new Uses();
  visit(program, undefined, members, uses);
  const safe = new Set([...kept, ...LANGUAGE]);
  const candidates = members.filter(({ name }) => !safe.has(name));
  // All of them are gone until something that stays names them: what only names one another goes together.
  const gone = new Set(candidates);
  for (let before = -1; gone.size !== before; ) {
    before = gone.size;
    for (const member of candidates)
      if (gone.has(member) && uses.of(member.name).some(({ within }) => stays(within, gone))) gone.delete(member);
  }
  const blanks = new Blanks(code);
  for (const { start, end } of gone) blanks.add(start, end);
  return blanks.apply();
}

/** A method or accessor of a class. */
type Member = {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly within: Member | undefined;
};

/** A name that is asked for, and the member in which that happens. */
type Use = { readonly within: Member | undefined };

class Uses {
  readonly #byName = new Map<string, Use[]>();

  of(name: string): readonly Use[] {
    return this.#byName.get(name) ?? [];
  }

  add(name: string, within: Member | undefined): void {
    const known = this.#byName.get(name);
    if (known === undefined) this.#byName.set(name, [{ within }]);
    else known.push({ within });
  }
}

function stays(within: Member | undefined, gone: ReadonlySet<Member>): boolean {
  for (let at = within; at !== undefined; at = at.within) if (gone.has(at)) return false;
  return true;
}

function visit(node: AnyNode, within: Member | undefined, members: Member[], uses: Uses): void {
  if (node.type === "MethodDefinition" && isNamed(node)) {
    const { start, end, key } = node;
    const member: Member = { name: (key as { name: string }).name, start, end, within };
    members.push(member);
    visit(node.value as AnyNode, member, members, uses);
    return;
  }
  // Names of variables count too: it keeps a little too much, and never too little.
  if (node.type === "Identifier") uses.add(node.name, within);
  else if (node.type === "Literal" && typeof node.value === "string") addWords(node.value, within, uses);
  else if (node.type === "TemplateElement") addWords(node.value.raw, within, uses);
  for (const child of childrenOf(node)) visit(child, within, members, uses);
}

function isNamed(node: MethodDefinition): boolean {
  return !node.computed && node.key.type === "Identifier" && node.kind !== "constructor";
}

function addWords(text: string, within: Member | undefined, uses: Uses): void {
  for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) uses.add(word, within);
}
