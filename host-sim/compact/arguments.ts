/**
 * Takes parameters out of methods that do not look at them, with what calls hand over for them, and calls of methods that do
 * nothing, or give back what they are given. A parameter costs eight bytes of XS and an argument two or more. What leaves branches out (branches.ts) leaves such behind.
 *
 * A method counts by its name: all of that name in the program must ignore the parameter.
 */
import type { AnyNode, Identifier, MethodDefinition, Statement } from "acorn";
import { Edits } from "./edits";
import { type Call, has, isPure, type Method, ProgramMembers, variablesIn } from "./program";

type Stretch = { readonly start: number; readonly end: number; readonly text: string };

/** @param kept names that others than the program may call */
export function withoutIdleArguments(code: string, kept: ReadonlySet<string>): string {
  let now = code;
  for (let before = ""; now !== before; ) {
    before = now;
    now = once(now, kept);
  }
  return now;
}

function once(code: string, kept: ReadonlySet<string>): string {
  const program = new ProgramMembers(code);
  const edits = new Edits(code);
  // What is taken out of a call may be within what is taken out of another: one after the other.
  const taken: Stretch[] = [];
  const take = (all: readonly Stretch[]): void => {
    if (all.some(({ start, end }) => taken.some((one) => start < one.end && one.start < end))) return;
    taken.push(...all);
    for (const { start, end, text } of all) edits.replace(start, end, text);
  };
  for (const name of program.methodNames()) {
    if (kept.has(name)) continue;
    const methods = program.methodsNamed(name);
    const calls = program.callsOf(name);
    if (methods.every(isIdle)) for (const call of calls) take(idleCall(call));
    else if (methods.every(isEcho)) for (const call of calls) take(echo(call));
    const index = idleParameter(methods, calls);
    if (index < 0) continue;
    // All or none: a parameter that goes while an argument stays would shift the others.
    take([
      ...methods.flatMap(({ node }) => stretchOf(node.value.params, index)),
      ...calls.flatMap(({ node }) => stretchOf(node.arguments, index)),
    ]);
  }
  return edits.apply();
}

function isIdle({ node }: Method): boolean {
  return statementsOf(node).length === 0 && !node.value.async && !node.value.generator;
}

/** Gives back what it is given. */
function isEcho({ node }: Method): boolean {
  const [only, ...others] = statementsOf(node);
  const [parameter] = node.value.params;
  if (others.length > 0 || only?.type !== "ReturnStatement" || parameter?.type !== "Identifier") return false;
  if (node.value.async || node.value.generator) return false;
  return only.argument?.type === "Identifier" && only.argument.name === (parameter as Identifier).name;
}

function statementsOf(method: MethodDefinition): readonly Statement[] {
  return method.value.body.body.filter(({ type }) => type !== "EmptyStatement");
}

function echo({ node, callee }: Call): Stretch[] {
  const [first, ...others] = node.arguments;
  if (first === undefined || first.type === "SpreadElement" || !isPure(callee.object) || !others.every(isPure))
    return [];
  return [
    { start: node.start, end: first.start, text: "(" },
    { start: first.end, end: node.end, text: ")" },
  ];
}

function idleCall({ node, callee, within }: Call): Stretch[] {
  const statement = within.at(-1)!;
  if (statement.type !== "ExpressionStatement" || !isPure(callee.object) || !node.arguments.every(isPure)) return [];
  return [{ start: statement.start, end: statement.end, text: ";" }];
}

/** The last parameter that no method of the name looks at; below 0 where there is none. */
function idleParameter(methods: readonly Method[], calls: readonly Call[]): number {
  if (calls.some(({ node }) => node.arguments.some(({ type }) => type === "SpreadElement"))) return -1;
  if (methods.some(({ node }) => usesArguments(node.value))) return -1;
  const most = Math.max(
    ...methods.map(({ node }) => node.value.params.length),
    ...calls.map(({ node }) => node.arguments.length),
  );
  for (let index = most - 1; index >= 0; index--) {
    if (!methods.every(({ node }) => ignores(node.value, index))) continue;
    if (calls.every(({ node }) => node.arguments[index] === undefined || isPure(node.arguments[index]))) return index;
  }
  return -1;
}

function usesArguments(node: AnyNode): boolean {
  return has(node, (one) => one.type === "Identifier" && one.name === "arguments");
}

function ignores({ params, body }: Method["node"]["value"], index: number): boolean {
  const parameter = params[index];
  if (parameter === undefined) return params.length <= index;
  if (parameter.type !== "Identifier") return false;
  const { name } = parameter as Identifier;
  return ![body, ...params.filter((one) => one !== parameter)].some((one) => variablesIn(one).has(name));
}

/** One of a list with the comma that goes with it. */
function stretchOf(list: readonly AnyNode[], index: number): Stretch[] {
  const one = list[index];
  if (one === undefined) return [];
  if (index > 0) return [{ start: list[index - 1].end, end: one.end, text: "" }];
  return [{ start: one.start, end: list[1]?.start ?? one.end, text: "" }];
}
