/**
 * What is changed in a source before it is bundled, because XS stores it in fewer bytes.
 *
 * - A private field (`#x`) costs a name of its own in its class, a closure in each method that uses it, a function that makes
 *   it, and in each instance a slot for each class. As a property it costs its name. TypeScript has checked who may use it.
 * - What TypeScript calls private costs its name, once in the whole program: it can be short.
 * - A table of numbers (`{ a: 1 } as const`) becomes an enum, whose members esbuild writes where they are used.
 */
import { codeOnly, mapCode } from "./code-text";

/** Begins the names of what was private, so that they can be shortened: nothing else may be named so. */
export const PRIVATE_PREFIX = "_$";

/** What is learned of a program while its sources are read; what one reading finds the next one heeds. */
export class Learned {
  /** Tables that are more than their members, by name. */
  readonly keptTables = new Set<string>();
  /** `Class.field` where a class and one that it extends call different private fields the same. */
  readonly ownFields = new Set<string>();
  readonly #classes = new Map<string, { readonly bases: Set<string>; readonly fields: Set<string> }>();

  /** Classes of one name in several files are taken together: at worst a field has a longer name than it needs. */
  classNamed(name: string, base: string): void {
    const known = this.#classes.get(name) ?? { bases: new Set(), fields: new Set() };
    if (base !== "") known.bases.add(base);
    this.#classes.set(name, known);
  }

  fieldOf(className: string, field: string): void {
    this.#classes.get(className)!.fields.add(field);
  }

  /** What it is called from now on. */
  nameOf(className: string, field: string): string {
    return `${PRIVATE_PREFIX}${field}${this.ownFields.has(`${className}.${field}`) ? `_${className}` : ""}`;
  }

  /** Whether a field was found that must have a name of its own, and has none yet. */
  findClashes(): boolean {
    const before = this.ownFields.size;
    for (const [name, { bases, fields }] of this.#classes)
      for (const above of this.#ancestorsOf(bases))
        for (const field of fields) if (above.fields.has(field)) this.ownFields.add(`${name}.${field}`);
    return this.ownFields.size > before;
  }

  #ancestorsOf(bases: ReadonlySet<string>): Set<{ readonly fields: ReadonlySet<string> }> {
    const found = new Set<{ readonly bases: ReadonlySet<string>; readonly fields: ReadonlySet<string> }>();
    for (const base of bases) {
      const known = this.#classes.get(base);
      if (known !== undefined) found.add(known);
    }
    for (const one of found)
      for (const base of one.bases) {
        const known = this.#classes.get(base);
        if (known !== undefined) found.add(known);
      }
    return found;
  }
}

export function rewriteForXs(source: string, learned: Learned): string {
  return tablesAsEnums(privateAsProperties(shortPrivate(source, learned), learned), learned.keptTables);
}

/**
 * What TypeScript calls private gets a name that can be shortened, where it is asked of `this`, or of a constant that is `this`.
 * A class that has to do with another instance of itself, or with its own statics, keeps its names.
 */
function shortPrivate(source: string, learned: Learned): string {
  const code = codeOnly(source);
  let result = "";
  let done = 0;
  for (const { name, base, start, end } of classBodies(code)) {
    const body = code.slice(start, end);
    if (new RegExp(`(?::|instanceof|new|as) ${name}\\b|\\b${name}\\.`).test(body)) continue;
    learned.classNamed(name, base);
    const fields = privateNames(body);
    for (const field of fields) learned.fieldOf(name, field);
    result += source.slice(done, start);
    done = start;
    let renamed = 0;
    for (const found of body.matchAll(usesOfSelf(body))) {
      const field = found[2];
      if (!fields.has(field)) continue;
      const at = start + found.index + found[1].length;
      result += source.slice(done, at) + learned.nameOf(name, field);
      done = at + field.length;
      renamed++;
    }
    // Whatever a later way of writing looks like: a name that is only half replaced must not go unnoticed.
    const asked = [...body.matchAll(/\bthis\??\.(\w+)/g)].filter(([, field]) => fields.has(field)).length;
    if (renamed < asked) throw new Error(`a private name of class ${name} cannot be shortened everywhere`);
  }
  return result + source.slice(done);
}

/**
 * Without those that are taken out of `this` by a pattern, which would have to be written anew, those that are a `#x` too, and
 * those that are asked of the `this` of a function within, which is another.
 */
function privateNames(body: string): Set<string> {
  const names = new Set(
    [...body.matchAll(/\bprivate (?:(?:static|readonly|override|get|set) )*(\w+)/g)].map(([, name]) => name),
  );
  names.delete("constructor");
  for (const [, field] of body.matchAll(/#(\w+)/g)) names.delete(field);
  for (const [, pattern] of body.matchAll(/\{([^{}]*)\} = this\b/g))
    for (const [word] of pattern.matchAll(/\w+/g)) names.delete(word);
  for (const inner of innerFunctions(body))
    for (const [, name] of inner.matchAll(/\bthis\??\.(\w+)/g)) names.delete(name);
  return names;
}

const FUNCTION_HEAD =
  /\bfunction\b[^{]*\{|(?<![.\w])(?!(?:if|for|while|switch|catch|constructor)\b)\w+ ?\([^()]*\)(?:: [^{};()]+)? \{/g;

/** Functions with a `this` of their own within a class's methods, and what they hold. */
function innerFunctions(body: string): string[] {
  const found: string[] = [];
  const depths = depthsOf(body);
  for (const { 0: head, index } of body.matchAll(FUNCTION_HEAD)) {
    if (depths[index] === 0) continue;
    const start = index + head.length;
    let end = start;
    while (end < body.length && depths[end] > depths[index]) end++;
    found.push(body.slice(start, end));
  }
  return found;
}

/** How many braces are open before each character. */
function depthsOf(code: string): number[] {
  let depth = 0;
  return Array.from(code, (character) => {
    const before = depth;
    if (character === "{") depth++;
    else if (character === "}") depth--;
    return character === "}" ? depth : before;
  });
}

/** Where a member is declared private, or asked of `this`: what stands before its name, and the name. */
function usesOfSelf(body: string): RegExp {
  const selves = ["this", ...[...body.matchAll(/\bconst (\w+) = this;/g)].map(([, name]) => name)];
  const before = `\\bprivate (?:(?:static|readonly|override|get|set) )*|(?<!\\w)(?<![^.]\\.)(?:${selves.join("|")})\\??\\.`;
  return new RegExp(`(${before})(\\w+)`, "g");
}

type ClassBody = { readonly name: string; readonly base: string; readonly start: number; readonly end: number };

/** Classes that stand for themselves, in order, each from its brace to behind its last one. */
function classBodies(code: string): ClassBody[] {
  const bodies: ClassBody[] = [];
  const head = /(?<![.\w])class (\w+)(?:<[^{]*?>)?(?: extends (\w+))?[^{]*\{/g;
  for (let found = head.exec(code); found !== null; found = head.exec(code)) {
    const start = found.index + found[0].length;
    let end = start;
    for (let depth = 1; depth > 0 && end < code.length; end++)
      if (code[end] === "{") depth++;
      else if (code[end] === "}") depth--;
    bodies.push({ name: found[1], base: found[2] ?? "", start, end });
    head.lastIndex = end;
  }
  return bodies;
}

/** A class's head, or a private field's name. */
const CLASS_OR_FIELD = /(?<![.\w])class (?<name>\w+)(?:<[^{]*?>)?(?: extends (?<base>\w+))?|#(?<field>[A-Za-z_]\w*)/g;

function privateAsProperties(source: string, learned: Learned): string {
  let className = "";
  return mapCode(source, (code) =>
    code.replace(CLASS_OR_FIELD, (whole, ...rest) => {
      const { name, base, field } = rest.at(-1) as { name?: string; base?: string; field?: string };
      if (field === undefined) {
        className = name!;
        learned.classNamed(className, base ?? "");
        return whole;
      }
      learned.fieldOf(className, field);
      return learned.nameOf(className, field);
    }),
  );
}

const TABLE = /^(export )?const (\w+) = \{([^{}]*)\} as const;/gm;
const MEMBER = /^\s*([A-Za-z_]\w*):\s*([-\w\s.<|&+*()]+)$/;

function tablesAsEnums(source: string, kept: ReadonlySet<string>): string {
  return source.replace(TABLE, (whole, exported: string | undefined, name: string, body: string) => {
    if (kept.has(name)) return whole;
    const members: string[] = [];
    for (const part of withoutComments(body).split(",")) {
      if (part.trim() === "") continue;
      const member = MEMBER.exec(part);
      if (member === null) return whole;
      members.push(`${member[1]} = ${member[2].trim()}`);
    }
    return `${exported ?? ""}enum ${name} { ${members.join(", ")} }${"\n".repeat(whole.split("\n").length - 1)}`;
  });
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");
}
