/** What portable code may not use (design section 3), beyond what its tsconfig refuses already. */

const FORBIDDEN: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\bDate\.now\b|\bnew Date\b|\bDate\(/, "the wall clock: it comes in as a Clock"],
  [/\bMath\.random\b/, "Math.random: chance comes in as a Random"],
  [
    /\bMath\.(?:a?sinh?|a?cosh?|a?tanh?|atan2|exp|expm1|log|log1p|log2|log10|pow|cbrt|hypot)\b/,
    "a function on which engines differ in the last bit",
  ],
  [
    /\bnew RegExp\b|\.(?:match|matchAll|replace|search)\(\s*\/|=\s*\/[^/*\s].*\/[dgimsuvy]*[;,)]/,
    "a regular expression",
  ],
  [/\basync\b|\bawait\b|\bPromise\b/, "a promise"],
  [/\bProxy\b|\bIntl\b|\beval\(|\bnew Function\b|\bWeakRef\b/, "what is stripped on a device"],
  [/^\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s|^\s*(?:export\s+)?namespace\s/m, "an enum or a namespace"],
  [/^\s*@\w+/m, "a decorator"],
  [
    /[!=]==?\s*-?(?:0x[\da-f]+|\d+)n\b|\b(?:0x[\da-f]+|\d+)n\s*[!=]==?/i,
    "a BigInt compared by ===: in ROM it equals none in memory; use <= or >",
  ],
  [
    /\.prototype\.\w+\s*=[^=]/,
    "a property given to a prototype: frozen in ROM, it keeps instances from having their own",
  ],
  [/\bthis\.name\s*=\s*""/, "an error's name as a property: Error's own is frozen in ROM; use an accessor"],
  [/^(?:export\s+)?let\s/m, "a variable of the module: modules are frozen into ROM"],
];

/** Names what a source uses that it may not; empty when it is portable. Comments and strings do not count. */
export function unportable(source: string): string[] {
  const code = withoutText(source);
  const found = FORBIDDEN.filter(([pattern]) => pattern.test(code)).map(([, what]) => what);
  const named = [...code.matchAll(/\bconst (\w+)(?:: bigint)? = -?(?:0x[\da-f]+|\d+)n\b/gi)].map(([, name]) => name);
  for (const name of named)
    if (new RegExp(`[!=]==?\\s*${name}\\b|\\b${name}\\s*[!=]==?`).test(code))
      found.push(`${name}, a BigInt, compared by ===`);
  return found;
}

/** Strings and comments blanked; what stands in `${}` of a template counts as string. */
function withoutText(source: string): string {
  return source.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g,
    (text) => (text.startsWith("/") ? "" : '""'),
  );
}

/** Rooms that run on the device and in every engine. */
export function isPortable(path: string): boolean {
  if (!path.endsWith(".ts") || /\.(test|test-suite)\.ts$|\.d\.ts$|schema\.ts$/.test(path)) return false;
  if (path === "firmware/main.ts" || /^hal\/\w+\//.test(path)) return false;
  return /^(firmware|drivers|hal|host-sim\/world)\//.test(path);
}
