/**
 * What is changed in a source before it is bundled, because XS stores it in fewer bytes.
 *
 * - A private field (`#x`) costs a name of its own in its class, a closure in each method that uses it, a function that makes
 *   it, and in each instance a slot for each class. As a property it costs its name. TypeScript has checked who may use it.
 * - A table of numbers (`{ a: 1 } as const`) becomes an enum, whose members esbuild writes where they are used.
 */
import { mapCode } from "./code-text";

/** Begins the names of what was private, so that they can be shortened: nothing else may be named so. */
export const PRIVATE_PREFIX = "_$";

/** What is learned of a program while its sources are read; what one reading finds the next one heeds. */
export class Learned {
  /** Tables that are more than their members, by name. */
  readonly keptTables = new Set<string>();
  /** `Class.field` where a class and one that it extends call different private fields the same. */
  readonly ownFields = new Set<string>();
  readonly #classes = new Map<string, { base: string; readonly fields: Set<string> }>();

  /** Classes of one name in several files are taken together: at worst a field has a longer name than it needs. */
  classNamed(name: string, base: string): void {
    const known = this.#classes.get(name);
    if (known === undefined) this.#classes.set(name, { base, fields: new Set() });
    else if (base !== "") known.base = base;
  }

  fieldOf(className: string, field: string): void {
    this.#classes.get(className)!.fields.add(field);
  }

  /** Whether a field was found that must have a name of its own, and has none yet. */
  findClashes(): boolean {
    const before = this.ownFields.size;
    for (const [name, { base, fields }] of this.#classes)
      for (let above = base, depth = 0; above !== "" && depth < 16; depth++) {
        const parent = this.#classes.get(above);
        for (const field of fields) if (parent?.fields.has(field)) this.ownFields.add(`${name}.${field}`);
        above = parent?.base ?? "";
      }
    return this.ownFields.size > before;
  }
}

export function rewriteForXs(source: string, learned: Learned): string {
  return tablesAsEnums(privateAsProperties(source, learned), learned.keptTables);
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
      const own = learned.ownFields.has(`${className}.${field}`) ? `_${className}` : "";
      return `${PRIVATE_PREFIX}${field}${own}`;
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
