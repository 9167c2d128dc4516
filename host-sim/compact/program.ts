/** A whole program, looked at by the names of its members: who defines one, who asks for it, and who else might. */
import {
  type AnyNode,
  type CallExpression,
  type ClassDeclaration,
  type FunctionDeclaration,
  type MemberExpression,
  type MethodDefinition,
  parse,
} from "acorn";
import { childrenOf } from "./blanks";
import { PRIVATE_PREFIX } from "./rewrite";

/** A node, and what it is in, innermost last. */
export type Placed<T extends AnyNode> = { readonly node: T; readonly within: readonly AnyNode[] };

export type Method = Placed<MethodDefinition> & { readonly name: string };
export type Call = Placed<CallExpression> & { readonly callee: MemberExpression };

export class ProgramMembers {
  readonly root: AnyNode;
  readonly #methods = new Map<string, Method[]>();
  readonly #calls = new Map<string, Call[]>();
  /** Names that stand for something else than a method that is called: a property, a text, a method as a value. */
  readonly #others = new Set<string>();

  /** What the node that is looked at is in. */
  readonly #path: AnyNode[] = [];
  readonly #functions = new Map<string, FunctionDeclaration>();
  /** Wherever one of them is mentioned, but for the heads of functions. */
  readonly #variables = new Map<string, Placed<AnyNode>[]>();
  /** Private methods of each class, which its own text alone names. */
  readonly #privates = new Map<AnyNode, ReadonlySet<string>>();

  constructor(code: string) {
    this.root = parse(code, { ecmaVersion: 2022, sourceType: "module" });
    for (const statement of moduleBody(this.root)) {
      if (statement.type === "FunctionDeclaration" && statement.id !== null)
        this.#functions.set(statement.id.name, statement as FunctionDeclaration);
    }
    this.visit(this.root);
  }

  /** Methods of that key, a name or a class's private one, when nothing else has it and whoever asks for it calls it; none otherwise. */
  methodsNamed(name: string): readonly Method[] {
    return this.#others.has(name) ? [] : (this.#methods.get(name) ?? []);
  }

  callsOf(name: string): readonly Call[] {
    return this.#calls.get(name) ?? [];
  }

  methodNames(): readonly string[] {
    return [...this.#methods.keys()].filter((name) => !this.#others.has(name));
  }

  /** Functions of the module that are named once beside their own head, in a call. */
  functionsCalledOnce(): readonly {
    readonly node: FunctionDeclaration;
    readonly call: CallExpression;
    readonly within: readonly AnyNode[];
  }[] {
    return [...this.#functions].flatMap(([name, node]) => {
      const [use, ...others] = this.#variables.get(name) ?? [];
      if (use === undefined || others.length > 0) return [];
      const call = use.within.at(-1)!;
      if (call.type !== "CallExpression" || call.callee !== use.node) return [];
      return [{ node, call, within: use.within.slice(0, -1) }];
    });
  }

  private visit(node: AnyNode): void {
    this.note(node);
    this.#path.push(node);
    for (const child of childrenOf(node)) this.visit(child);
    this.#path.pop();
  }

  private note(node: AnyNode): void {
    const within = this.#path;
    switch (node.type) {
      case "ClassDeclaration":
      case "ClassExpression":
        this.#privates.set(node, privateMethodsOf(node as ClassDeclaration));
        break;
      case "Identifier":
        if (this.#functions.has(node.name) && !isNameOfMember(node, within.at(-1)!))
          add(this.#variables, node.name, { node, within: [...within] });
        break;
      case "MethodDefinition":
        if (node.kind === "method" && !node.static && !node.computed && node.key.type === "Identifier")
          add(this.#methods, this.keyOf(node.key.name, within), { node, within: [...within], name: node.key.name });
        else if (node.key.type === "Identifier") this.#others.add(node.key.name);
        break;
      case "PropertyDefinition":
      case "Property":
        if (node.key.type === "Identifier") this.#others.add(node.key.name);
        break;
      case "MemberExpression":
        this.noteMember(node, within);
        break;
      case "Literal":
        if (typeof node.value === "string") this.noteWords(node.value);
        break;
      case "TemplateElement":
        this.noteWords(node.value.raw);
        break;
    }
  }

  private noteMember(node: MemberExpression, within: readonly AnyNode[]): void {
    if (node.computed || node.property.type !== "Identifier") return;
    const outer = within.at(-1)!;
    if (outer.type === "CallExpression" && outer.callee === node)
      add(this.#calls, this.keyOf(node.property.name, within), {
        node: outer,
        within: within.slice(0, -1),
        callee: node,
      });
    else this.#others.add(this.keyOf(node.property.name, within));
  }

  /** A private method is one of its class, whatever others call theirs. */
  private keyOf(name: string, within: readonly AnyNode[]): string {
    if (!name.startsWith(PRIVATE_PREFIX)) return name;
    const owner = [...within].reverse().find((node) => this.#privates.get(node)?.has(name));
    return owner === undefined ? name : `${name}@${owner.start}`;
  }

  private noteWords(text: string): void {
    for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) this.#others.add(word);
  }
}

/** Or the name of a function in its own head. */
function isNameOfMember(node: AnyNode, outer: AnyNode): boolean {
  if (outer.type === "MemberExpression") return !outer.computed && outer.property === node;
  if (outer.type === "FunctionDeclaration") return outer.id === node;
  if (outer.type === "Property" || outer.type === "MethodDefinition" || outer.type === "PropertyDefinition")
    return !outer.computed && outer.key === node && !(outer.type === "Property" && outer.shorthand);
  return false;
}

/** Statements of a module, or of the one function that a script is. */
export function moduleBody(program: AnyNode): readonly AnyNode[] {
  if (program.type !== "Program") return [];
  const [only, ...more] = program.body;
  if (more.length > 0 || only?.type !== "ExpressionStatement" || only.expression.type !== "CallExpression")
    return program.body;
  const { callee } = only.expression;
  return callee.type === "ArrowFunctionExpression" && callee.body.type === "BlockStatement"
    ? callee.body.body
    : program.body;
}

function privateMethodsOf({ body }: ClassDeclaration): Set<string> {
  const names = new Set<string>();
  for (const { type, key } of body.body.filter((one) => one.type === "MethodDefinition"))
    if (type === "MethodDefinition" && key.type === "Identifier" && key.name.startsWith(PRIVATE_PREFIX))
      names.add(key.name);
  return names;
}

function add<T>(lists: Map<string, T[]>, name: string, one: T): void {
  const known = lists.get(name);
  if (known === undefined) lists.set(name, [one]);
  else known.push(one);
}

/** Evaluating it changes nothing, and it does not matter when. Reading a property is that, see patterns.ts. */
export function isPure(node: AnyNode): boolean {
  switch (node.type) {
    case "Literal":
    case "Identifier":
    case "ThisExpression":
      return true;
    case "MemberExpression":
      return node.object.type !== "Super" && isPure(node.object) && (!node.computed || isPure(node.property));
    case "UnaryExpression":
      return node.operator !== "delete" && isPure(node.argument);
    case "BinaryExpression":
    case "LogicalExpression":
      return isPure(node.left) && isPure(node.right);
    case "ConditionalExpression":
      return isPure(node.test) && isPure(node.consequent) && isPure(node.alternate);
    case "ParenthesizedExpression":
      return isPure(node.expression);
  }
  return false;
}

/** Names of all variables that are mentioned, not of properties. */
export function variablesIn(node: AnyNode): Set<string> {
  const names = new Set<string>();
  const visit = (at: AnyNode): void => {
    if (at.type === "Identifier") names.add(at.name);
    else if (at.type === "MemberExpression" && !at.computed) visit(at.object);
    else if (
      (at.type === "Property" || at.type === "MethodDefinition" || at.type === "PropertyDefinition") &&
      !at.computed
    ) {
      // A shorthand says the name of a variable with its key; its value is that variable.
      if (at.value !== null && at.value !== undefined) visit(at.value);
    } else for (const child of childrenOf(at)) visit(child);
  };
  visit(node);
  return names;
}

/** Names that are declared within: variables, parameters, functions, what is caught. */
export function declaredIn(node: AnyNode): Set<string> {
  const names = new Set<string>();
  const visit = (at: AnyNode): void => {
    if (at.type === "VariableDeclarator") for (const name of variablesIn(at.id)) names.add(name);
    else if ((at.type === "FunctionDeclaration" || at.type === "ClassDeclaration") && at.id !== null)
      names.add(at.id.name);
    else if (at.type === "CatchClause" && at.param) for (const name of variablesIn(at.param)) names.add(name);
    if ("params" in at) for (const one of at.params) for (const name of variablesIn(one)) names.add(name);
    for (const child of childrenOf(at)) visit(child);
  };
  visit(node);
  return names;
}

/** Names of variables that are written to after their declaration. */
export function writtenIn(node: AnyNode): Set<string> {
  const names = new Set<string>();
  const target = (at: AnyNode): void => {
    // A property of it is something else.
    if (at.type !== "MemberExpression") for (const name of variablesIn(at)) names.add(name);
  };
  const visit = (at: AnyNode): void => {
    if (at.type === "AssignmentExpression") target(at.left);
    else if (at.type === "UpdateExpression") target(at.argument);
    else if ((at.type === "ForOfStatement" || at.type === "ForInStatement") && at.left.type !== "VariableDeclaration")
      target(at.left);
    for (const child of childrenOf(at)) visit(child);
  };
  visit(node);
  return names;
}

export function isFunction(node: AnyNode): boolean {
  return ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"].includes(node.type);
}

/** Whether a node like that is in it; with `own` not within functions. */
export function has(node: AnyNode, wanted: (node: AnyNode) => boolean, own = false): boolean {
  return childrenOf(node).some((child) => wanted(child) || (!(own && isFunction(child)) && has(child, wanted, own)));
}
