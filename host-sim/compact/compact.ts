/**
 * One script or module of a TypeScript program, in as few bytes of XS byte code as its meaning allows: what `argand build`
 * hands to the SDK and what `argand budget` measures.
 *
 *   sources -> rewritten for XS (rewrite.ts) -> one file without what nobody uses (esbuild) -> without dead branches
 *   (branches.ts) -> without methods that nobody names (members.ts) -> short (terser) -> XS's words
 *
 * Nothing here knows the program; what it may rely on are the rules that hold for portable rooms, and each step is one whose
 * result means the same. Lines of the result are short and mapped, so that an engine's line number leads to the source.
 */
import { readFileSync } from "node:fs";
import { type BuildOptions, build, type Plugin } from "esbuild";
import type { CompressOptions } from "terser";
import { withoutIdleArguments } from "./arguments";
import { withoutDeadBranches } from "./branches";
import { withChainedAssignments } from "./chains";
import { mapCode } from "./code-text";
import { withModuleConstants } from "./constants";
import { withoutPlainGetters } from "./getters";
import { withInlinedCalls } from "./inline";
import { contractNames, libraryNames, planNames } from "./kept-names";
import { withIndexedLoops } from "./loops";
import { withoutUnusedMembers } from "./members";
import { withShortMembers } from "./names";
import { withoutPatterns } from "./patterns";
import { Learned, PRIVATE_PREFIX, rewriteForXs } from "./rewrite";
import { withSplitTables } from "./tables";

export type CompactOptions = {
  /** The entry, its plugins, what is external: for esbuild. */
  readonly bundle: BuildOptions;
  readonly format: "iife" | "esm";
  /** Also the way back from its lines to the sources. */
  readonly map?: boolean;
};

export type Compacted = {
  readonly code: string;
  /** Source map, version 3; empty where none was asked for. */
  readonly map: string;
};

/** An enum that is more than its members has left its object behind: such a table must stay one. */
const SURVIVING_ENUM = /^\s*var (\w+) = \/\* @__PURE__ \*\/ \(\((\w+)\) => \{/gm;
const ROUNDS = 3;

export async function compact(options: CompactOptions): Promise<Compacted> {
  const learned = new Learned();
  for (let round = 0; round < ROUNDS; round++) {
    const whole = await bundled(options, learned);
    const survivors = [...whole.code.matchAll(SURVIVING_ENUM)].map(([, name]) => name.replace(/\d+$/, ""));
    for (const name of survivors) learned.keptTables.add(name);
    if (!learned.findClashes() && survivors.length === 0) return shortened(whole, options);
  }
  throw new Error(`these tables cannot be told from enums: ${[...learned.keptTables].join(", ")}`);
}

async function bundled({ bundle, format, map }: CompactOptions, learned: Learned): Promise<Compacted> {
  const { outputFiles } = await build({
    ...bundle,
    bundle: true,
    write: false,
    format,
    sourcemap: map === true ? "external" : false,
    outfile: bundle.outfile ?? "bundle.js",
    plugins: [...(bundle.plugins ?? []), rewritten(learned)],
  });
  const text = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? "";
  return { code: text(".js"), map: text(".map") };
}

function rewritten(learned: Learned): Plugin {
  return {
    name: "rewritten for XS",
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
        contents: rewriteForXs(readFileSync(path, "utf8"), learned),
        loader: "ts",
      }));
    },
  };
}

/**
 * Not all that is short as text is short as byte code. `a && b()` for `if (a) b()` keeps a value that nobody wants, a comma
 * likewise. A function that is used once stays where it is: written in its place it would be made anew in each call.
 */
const COMPRESS: CompressOptions = {
  passes: 4,
  keep_fargs: false,
  booleans: false,
  conditionals: false,
  sequences: false,
  reduce_funcs: false,
  inline: 1,
  pure_getters: true,
  pure_funcs: ["Object.keys", "Object.values", "Object.entries"],
};

async function shortened(bundled: Compacted, { format, map }: CompactOptions): Promise<Compacted> {
  // Only here: most commands do without, and it takes its time to load.
  const { minify } = await import("terser");
  const contracts = contractNames();
  const kept = new Set([...contracts, ...libraryNames()]);
  const used = withoutUnusedMembers(withoutDeadBranches(bundled.code), contracts);
  const plain = withSplitTables(withoutPatterns(withIndexedLoops(withModuleConstants(withoutPlainGetters(used)))));
  const called = withInlinedCalls(withoutUnusedMembers(withoutIdleArguments(plain, kept), contracts), kept);
  const named = withShortMembers(called, new Set([...kept, ...planNames()]));
  const short = await minify(withChainedAssignments(named), {
    ecma: 2020,
    module: format === "esm",
    toplevel: true,
    compress: COMPRESS,
    mangle: { properties: { regex: new RegExp(`^${PRIVATE_PREFIX.replace("$", "\\$")}`) } },
    // A line for each statement: an engine tells lines, not columns.
    format: { beautify: true, indent_level: 0 },
    ...(map === true ? { sourceMap: { content: bundled.map } } : {}),
  });
  return { code: inWordsOfXs(short.code!), map: (short.map as string | undefined) ?? "" };
}

/** XS has byte codes of one byte for these; the shortest text is longer there. Lines stay as they are. */
function inWordsOfXs(code: string): string {
  return mapCode(code, (text) =>
    text
      .replace(/\bvoid 0\b/g, "undefined")
      .replace(/(?<![\w$])!0\b/g, "true")
      .replace(/(?<![\w$])!1\b/g, "false")
      // A property of a global takes nine bytes.
      .replace(/(?<![\w$.])Number\.NaN\b/g, "(0/0)")
      .replace(/(?<![\w$.])Number\.POSITIVE_INFINITY\b/g, "(1/0)")
      .replace(/(?<![\w$.])Number\.NEGATIVE_INFINITY\b/g, "(-1/0)"),
  );
}
