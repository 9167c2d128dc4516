/**
 * Writes a method or function that one place calls into that place. It takes some 20 bytes of XS, a call eight, a parameter eight more
 * than a constant saves; nothing is allocated, and the processor has less to do.
 *
 * As a statement, as what is returned, or as what a variable or property is given; one that returns in its midst only where its caller
 * returns what it gives; one that is an expression anywhere. Its text becomes one line of its caller.
 */
import type { AnyNode, BlockStatement, CallExpression, Expression, Identifier } from "acorn";
import { Edits, FreshNames } from "./edits";
import { Body } from "./inline-body";
import { placeOf } from "./inline-place";
import { declaredIn, isFunction, isPure, ProgramMembers, variablesIn, writtenIn } from "./program";

/** Rounds after which hardly anything is left that holds another one; more only cost time. */
const ROUNDS = 8;

/** A caller's frame holds its variables for all that it calls: with more the stack of the reference site becomes deeper. */
const MOST_LOCALS = 4;

/** @param kept names that others than the program may call */
export function withInlinedCalls(code: string, kept: ReadonlySet<string>): string {
  let now = code;
  for (let round = 0; round < ROUNDS; round++) {
    const next = once(now, kept);
    if (next === now) break;
    now = next;
  }
  return now;
}

/** What one place calls. */
type Candidate = {
  /** The whole of it: what goes. */
  readonly node: AnyNode;
  readonly params: readonly AnyNode[];
  readonly body: BlockStatement;
  readonly call: CallExpression;
  readonly within: readonly AnyNode[];
  /** What the method is called on; undefined for a function. */
  readonly receiver: Expression | undefined;
};

function once(code: string, kept: ReadonlySet<string>): string {
  const program = new ProgramMembers(code);
  const edits = new Edits(code);
  const fresh = new FreshNames(code);
  // Whose text moves or grows in this round, and must not be moved itself.
  const touched = new Set<AnyNode>();
  for (const candidate of candidatesOf(program, kept)) {
    const caller = callerOf(candidate.within);
    if (caller === undefined || caller === candidate.node || touched.has(caller) || touched.has(candidate.node))
      continue;
    const change = inPlace(candidate, caller, code, fresh);
    if (change === undefined) continue;
    touched.add(caller).add(candidate.node);
    edits.replace(change.start, change.end, change.text);
    edits.replace(candidate.node.start, candidate.node.end, "");
  }
  return edits.apply();
}

function candidatesOf(program: ProgramMembers, kept: ReadonlySet<string>): Candidate[] {
  const found: Candidate[] = [];
  for (const key of program.methodNames()) {
    const [method, ...others] = program.methodsNamed(key);
    const [call, ...more] = program.callsOf(key);
    if (kept.has(key) || method === undefined || call === undefined || others.length > 0 || more.length > 0) continue;
    const { params, body, async, generator } = method.node.value;
    if (async || generator || call.callee.optional || call.node.optional || call.callee.object.type === "Super")
      continue;
    if (call.within.at(-1)?.type === "ChainExpression") continue;
    found.push({ node: method.node, params, body, call: call.node, within: call.within, receiver: call.callee.object });
  }
  for (const { node, call, within } of program.functionsCalledOnce()) {
    if (node.async || node.generator || call.optional) continue;
    found.push({ node, params: node.params, body: node.body, call, within, receiver: undefined });
  }
  return found;
}

/** The method, accessor or function in whose own text the call stands. */
function callerOf(within: readonly AnyNode[]): AnyNode | undefined {
  return [...within].reverse().find((node) => node.type === "MethodDefinition" || node.type === "FunctionDeclaration");
}

type Change = { readonly start: number; readonly end: number; readonly text: string };

function inPlace(candidate: Candidate, caller: AnyNode, code: string, fresh: FreshNames): Change | undefined {
  const { params, body, call, within, receiver } = candidate;
  if (params.length !== call.arguments.length || !params.every(({ type }) => type === "Identifier")) return undefined;
  if (call.arguments.some(({ type }) => type === "SpreadElement")) return undefined;
  const texts = [...call.arguments, ...(receiver === undefined ? [] : [receiver])].map((one) =>
    code.slice(one.start, one.end),
  );
  // One line; a template over several would lose them.
  if (texts.some((text) => text.includes("\n") && text.includes("`"))) return undefined;
  const method = new Body(
    body,
    (params as Identifier[]).map(({ name }) => name),
    code,
  );
  const hidden = declaredIn(caller);
  if (!method.canMove || method.namesFromOutside.some((name) => hidden.has(name))) return undefined;
  const given = call.arguments as Expression[];
  const inner = within.slice(within.indexOf(caller) + (caller.type === "MethodDefinition" ? 2 : 1)).filter(isFunction);
  const anExpression = asExpression(method, given, receiver, inner, caller, code);
  if (anExpression !== undefined) return { start: call.start, end: call.end, text: anExpression };
  // In a function within, what a variable holds may be another thing each time.
  if (inner.length > 0) return undefined;
  const place = placeOf(call, within, code);
  if (place === undefined || !method.fits(place) || method.locals > MOST_LOCALS) return undefined;
  if (place.target !== undefined && method.declares(place.target)) return undefined;
  const bound: string[] = [];
  const self = bindReceiver(receiver, method, bound, code, fresh);
  const names = new Map<string, string>();
  for (const [index, one] of given.entries()) {
    const name = fresh.next();
    names.set(method.params[index], name);
    bound.push(`let ${name} = ${line(code, one)};`);
  }
  // What is handed over is said where the method's own names are known already.
  const said = [...given, ...(receiver === undefined ? [] : [receiver])].flatMap((one) => [...variablesIn(one)]);
  if (said.some((name) => method.declares(name))) return undefined;
  const moved = method.text(names, self, place);
  return { ...place, text: `${place.declares}{ ${bound.join(" ")} ${moved} }` };
}

function line(code: string, { start, end }: AnyNode): string {
  return code.slice(start, end).replaceAll("\n", " ");
}

/** A name for what the method is called on, if `this` is not the same there. */
function bindReceiver(
  receiver: Expression | undefined,
  method: Body,
  bound: string[],
  code: string,
  fresh: FreshNames,
): string {
  if (receiver === undefined || receiver.type === "ThisExpression") return "this";
  const text = line(code, receiver);
  if (method.selves === 0 && isPure(receiver)) return "this";
  const name = fresh.next();
  bound.push(`let ${name} = ${text};`);
  return name;
}

/** A method that is one expression, with what it is given in the places of its parameters, where that means the same. */
function asExpression(
  method: Body,
  given: readonly Expression[],
  receiver: Expression | undefined,
  inner: readonly AnyNode[],
  caller: AnyNode,
  code: string,
): string | undefined {
  const { only } = method;
  if (only === undefined || inner.some(({ type }) => type !== "ArrowFunctionExpression")) return undefined;
  const written = writtenIn(caller);
  const isStable = (one: Expression): boolean =>
    one.type === "Literal" || one.type === "ThisExpression" || (one.type === "Identifier" && !written.has(one.name));
  const self = receiver === undefined ? "this" : line(code, receiver);
  const soon = isPure(only);
  if (receiver !== undefined && !isStable(receiver) && !(isPure(receiver) && soon && method.selves <= 2))
    return undefined;
  if (!given.every((one) => isStable(one) || (isPure(one) && soon))) return undefined;
  // Said twice it would be longer than the method was.
  if (given.some((one, index) => one.type !== "Identifier" && one.type !== "Literal" && method.usesOf(index) > 1))
    return undefined;
  if (method.hasFunctions) return undefined;
  const names = new Map(method.params.map((name, index) => [name, `(${line(code, given[index])})`]));
  return `(${method.textOf(only, names, self)})`;
}
