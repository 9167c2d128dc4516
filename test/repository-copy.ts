/** The repository as a fresh clone has it, with the packages that are installed here: for tests that change sources. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./argand";

/** Everything that git does not ignore. */
export function copyRepository(into: string): void {
  const listing = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
  for (const path of listing
    .toString("utf8")
    .split("\n")
    .filter((one) => one !== "" && existsSync(join(ROOT, one)))) {
    mkdirSync(dirname(join(into, path)), { recursive: true });
    cpSync(join(ROOT, path), join(into, path));
  }
  symlinkSync(join(ROOT, "node_modules"), join(into, "node_modules"));
}
