/**
 * Gives members of classes short names, where nothing but the program's own text can ask for them: a name is a symbol in flash.
 *
 * A name is safe when it is a method, an accessor or a field that a class gives itself (`this.name = `), when no object is written with
 * it as a key, no text has it as a word, and neither platform nor library nor anything that a plan or command may hold is called so. So
 * what is decoded from bytes, listed by `Object.keys` or handed to the platform keeps its names.
 */
import { type AnyNode, parse } from "acorn";
import { childrenOf } from "./blanks";
import { Edits } from "./edits";
import { PRIVATE_PREFIX } from "./rewrite";

/** @param kept names that others may ask for */
export function withShortMembers(code: string, kept: ReadonlySet<string>): string {
  const program = parse(code, { ecmaVersion: 2022, sourceType: "module" });
  const members = new Set<string>();
  const taken = new Set<string>();
  const places: { readonly name: string; readonly start: number; readonly end: number }[] = [];
  const note = (key: AnyNode, computed: boolean): string | undefined => {
    if (computed || key.type !== "Identifier") return undefined;
    places.push({ name: key.name, start: key.start, end: key.end });
    return key.name;
  };
  const visit = (node: AnyNode): void => {
    if (node.type === "MethodDefinition" || node.type === "PropertyDefinition")
      members.add(note(node.key, node.computed) ?? "");
    else if (node.type === "MemberExpression") note(node.property, node.computed);
    else if (node.type === "AssignmentExpression" && node.left.type === "MemberExpression") {
      const { object, property, computed } = node.left;
      if (!computed && property.type === "Identifier") if (object.type === "ThisExpression") members.add(property.name);
    } else if (node.type === "Property") {
      if (!node.computed && node.key.type === "Identifier") taken.add(node.key.name);
    } else if (node.type === "Literal" && typeof node.value === "string") addWords(node.value, taken);
    else if (node.type === "TemplateElement") addWords(node.value.raw, taken);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(program);
  const edits = new Edits(code);
  for (const { name, start, end } of places)
    if (members.has(name) && !taken.has(name) && !kept.has(name) && !name.startsWith(PRIVATE_PREFIX))
      edits.replace(start, end, `${PRIVATE_PREFIX}$${name}`);
  return edits.apply();
}

function addWords(text: string, words: Set<string>): void {
  for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) words.add(word);
}
