/** What a method or function does, as text for another place. */
import type { AnyNode, BlockStatement, Expression } from "acorn";
import { childrenOf } from "./blanks";
import type { Place } from "./inline-place";
import { declaredIn, has, isFunction, variablesIn } from "./program";

export class Body {
  readonly params: readonly string[];
  /** Its one expression, where it does nothing but return that. */
  readonly only: Expression | undefined;
  /** How often it says `this`. */
  readonly selves: number;
  readonly hasFunctions: boolean;
  readonly #body: BlockStatement;
  readonly #code: string;
  readonly #declared: ReadonlySet<string>;
  readonly #returns: number;

  constructor(body: BlockStatement, params: readonly string[], code: string) {
    this.#body = body;
    this.#code = code;
    this.params = params;
    this.#declared = declaredIn(body);
    this.#returns = count(body, ({ type }) => type === "ReturnStatement", true);
    this.selves = count(body, ({ type }) => type === "ThisExpression");
    this.hasFunctions = has(body, isFunction);
    const [first, ...more] = this.statements;
    this.only = more.length === 0 && first?.type === "ReturnStatement" && first.argument ? first.argument : undefined;
  }

  get canMove(): boolean {
    if (this.params.some((name) => this.#declared.has(name))) return false;
    if (has(this.#body, (node) => node.type === "FunctionExpression" || node.type === "FunctionDeclaration"))
      return false;
    const text = this.#code.slice(this.#body.start, this.#body.end);
    return !text.includes("//") && !has(this.#body, isUnmovable);
  }

  /** Names of variables that it does not declare. */
  get namesFromOutside(): string[] {
    return [...variablesIn(this.#body)].filter((name) => !this.#declared.has(name) && !this.params.includes(name));
  }

  /** Variables that its caller's frame must hold for it. */
  get locals(): number {
    return this.#declared.size + this.params.length;
  }

  declares(name: string): boolean {
    return this.#declared.has(name);
  }

  usesOf(index: number): number {
    return count(this.#body, (node) => node.type === "Identifier" && node.name === this.params[index]);
  }

  /** Whether it ends as the place needs it. */
  fits(place: Place): boolean {
    if (place.kind === "return") return true;
    return place.kind === "value" ? this.returnsAtItsEnd : this.#returns === 0;
  }

  /** All it does. */
  text(names: ReadonlyMap<string, string>, self: string, place: Place): string {
    const { statements } = this;
    const parts = statements.map((statement, index) => {
      const isValue = place.kind === "value" && index === statements.length - 1;
      if (!isValue || statement.type !== "ReturnStatement") return this.textOf(statement, names, self);
      return `${place.target === undefined ? place.left : place.target} = ${this.textOf(statement.argument!, names, self)};`;
    });
    if (place.kind === "return" && !this.returnsAtItsEnd) parts.push("return;");
    return parts.join(" ");
  }

  /** A part of it with its parameters and `this` called otherwise, in one line. */
  textOf(part: AnyNode, names: ReadonlyMap<string, string>, self: string): string {
    const changes: { readonly start: number; readonly end: number; readonly text: string }[] = [];
    const visit = (node: AnyNode): void => {
      const name = node.type === "Identifier" ? names.get(node.name) : undefined;
      if (name !== undefined) changes.push({ start: node.start, end: node.end, text: name });
      else if (node.type === "ThisExpression") changes.push({ start: node.start, end: node.end, text: self });
      else if (node.type === "MemberExpression" && !node.computed) visit(node.object);
      else if (node.type === "Property" && !node.computed && node.shorthand && node.value.type === "Identifier") {
        const other = names.get(node.value.name);
        if (other !== undefined)
          changes.push({ start: node.start, end: node.end, text: `${node.value.name}: ${other}` });
      } else if (node.type === "Property" && !node.computed) visit(node.value);
      else for (const child of childrenOf(node)) visit(child);
    };
    visit(part);
    let text = "";
    let at = part.start;
    for (const change of changes.sort((a, b) => a.start - b.start)) {
      text += this.#code.slice(at, change.start) + change.text;
      at = change.end;
    }
    return (text + this.#code.slice(at, part.end)).replaceAll("\n", " ");
  }

  private get statements(): BlockStatement["body"] {
    return this.#body.body.filter(({ type }) => type !== "EmptyStatement");
  }

  private get returnsAtItsEnd(): boolean {
    const last = this.statements.at(-1);
    return this.#returns === 1 && last?.type === "ReturnStatement" && Boolean(last.argument);
  }
}

function isUnmovable(node: AnyNode): boolean {
  if (node.type === "Super" || node.type === "MetaProperty" || node.type === "LabeledStatement") return true;
  if (node.type === "VariableDeclaration") return node.kind === "var";
  if (node.type === "TemplateElement") return node.value.raw.includes("\n");
  return node.type === "Identifier" && node.name === "arguments";
}

function count(within: AnyNode, wanted: (node: AnyNode) => boolean, own = false): number {
  let found = 0;
  has(
    within,
    (node) => {
      if (wanted(node)) found++;
      return false;
    },
    own,
  );
  return found;
}
