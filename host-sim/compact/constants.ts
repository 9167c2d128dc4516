/**
 * Gives a bundle's module variables back what they were. esbuild says `var` for each `const`, `let` and `class`; XS makes a `var`
 * undefined before anything runs, which costs five bytes, and a `const` not. As in the sources, one that is read before its
 * line is an error.
 */
import { parse } from "acorn";
import { Edits } from "./edits";
import { moduleBody, writtenIn } from "./program";

export function withModuleConstants(code: string): string {
  const program = parse(code, { ecmaVersion: 2022, sourceType: "module" });
  const written = writtenIn(program);
  const edits = new Edits(code);
  for (const statement of moduleBody(program)) {
    if (statement.type !== "VariableDeclaration" || statement.kind !== "var") continue;
    const names = statement.declarations.map(({ id, init }) =>
      id.type === "Identifier" && init ? id.name : undefined,
    );
    if (names.includes(undefined)) continue;
    const word = names.some((name) => written.has(name!)) ? "let" : "const";
    edits.replace(statement.start, statement.start + "var".length, word);
  }
  return edits.apply();
}
