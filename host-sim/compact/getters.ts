/**
 * Makes a property of `get state() { return this.#state; }`: what was private is called as the accessor was, which costs 22 bytes of XS
 * and a call for each reading. Nobody could write to it before; TypeScript sees to it that nobody does.
 *
 * Only where no class above or below has a member of either name: a property of an instance hides what its class has.
 */
import { type AnyNode, type ClassBody, type MethodDefinition, parse } from "acorn";
import { childrenOf } from "./blanks";
import { Edits } from "./edits";
import { PRIVATE_PREFIX } from "./rewrite";

type ClassNode = AnyNode & { readonly body: ClassBody; readonly superClass?: AnyNode | null };

export function withoutPlainGetters(code: string): string {
  const classes: ClassNode[] = [];
  const named = new Map<string, ClassNode>();
  const visit = (node: AnyNode): void => {
    if (node.type === "ClassExpression" || node.type === "ClassDeclaration") {
      classes.push(node as ClassNode);
      if (node.id) named.set(node.id.name, node as ClassNode);
    } else if (
      node.type === "VariableDeclarator" &&
      node.id.type === "Identifier" &&
      node.init?.type === "ClassExpression"
    )
      named.set(node.id.name, node.init as ClassNode);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(parse(code, { ecmaVersion: 2022, sourceType: "module" }));
  const related = relativesOf(classes, named);
  const edits = new Edits(code);
  for (const one of classes) {
    const done = new Set<string>();
    for (const method of one.body.body) {
      if (method.type !== "MethodDefinition") continue;
      const field = plainlyReturned(method);
      const name = method.key.type === "Identifier" ? method.key.name : "";
      if (field === undefined || done.has(field) || one.body.body.filter((other) => keyOf(other) === name).length > 1)
        continue;
      const others = related.get(one)!.filter((other) => other !== one);
      if (others.some((other) => mentions(other, name) || mentions(other, field)) || writes(one, name)) continue;
      done.add(field);
      edits.replace(method.start, method.end, "");
      rename(one.body, method, field, name, edits);
    }
  }
  return edits.apply();
}

/** The private field that a getter gives, if it does nothing else. */
function plainlyReturned(method: MethodDefinition): string | undefined {
  if (method.kind !== "get" || method.static || method.computed) return undefined;
  const [only, ...more] = method.value.body.body;
  if (more.length > 0 || only?.type !== "ReturnStatement" || only.argument?.type !== "MemberExpression")
    return undefined;
  const { object, property, computed } = only.argument;
  if (object.type !== "ThisExpression" || computed || property.type !== "Identifier") return undefined;
  return property.name.startsWith(PRIVATE_PREFIX) ? property.name : undefined;
}

/** Of each class those that it has a base in common with, itself among them. */
function relativesOf(
  classes: readonly ClassNode[],
  named: ReadonlyMap<string, ClassNode>,
): Map<ClassNode, ClassNode[]> {
  const baseOf = (one: ClassNode): ClassNode => {
    const above = one.superClass?.type === "Identifier" ? named.get(one.superClass.name) : undefined;
    return above === undefined || above === one ? one : baseOf(above);
  };
  const families = new Map<ClassNode, ClassNode[]>();
  for (const one of classes) {
    const base = baseOf(one);
    families.set(base, [...(families.get(base) ?? []), one]);
  }
  return new Map(classes.map((one) => [one, families.get(baseOf(one))!]));
}

function keyOf(member: AnyNode): string | undefined {
  const named = member.type === "MethodDefinition" || member.type === "PropertyDefinition";
  return named && member.key.type === "Identifier" ? member.key.name : undefined;
}

/** Whether a class has it, or asks anything for it. */
function mentions(node: AnyNode, name: string): boolean {
  if (node.type === "Identifier" && node.name === name) return true;
  return childrenOf(node).some((child) => mentions(child, name));
}

/** Whether something of that name is written to within: that would be another object's, or an error. */
function writes(node: AnyNode, name: string): boolean {
  const target =
    node.type === "AssignmentExpression" ? node.left : node.type === "UpdateExpression" ? node.argument : undefined;
  if (target?.type === "MemberExpression" && target.property.type === "Identifier" && target.property.name === name)
    return true;
  return childrenOf(node).some((child) => writes(child, name));
}

function rename(node: AnyNode, without: AnyNode, field: string, name: string, edits: Edits): void {
  if (node === without) return;
  if (
    node.type === "MemberExpression" &&
    !node.computed &&
    node.property.type === "Identifier" &&
    node.property.name === field
  )
    edits.replace(node.property.start, node.property.end, name);
  else if (node.type === "Identifier" && node.name === field)
    throw new Error(`${field} is asked for in an unexpected way`);
  for (const child of childrenOf(node))
    if (!(node.type === "MemberExpression" && !node.computed && child === node.property))
      rename(child, without, field, name, edits);
}
