/** What the tests of `argand vlc` share. */
import { Command } from "commander";
import { vi } from "vitest";
import { CommandError } from "../exit";
import { vlcCommand } from "./vlc";

export type Ended = { exitCode: number; stdout: string; stderr: string };

/** `argand vlc ...` in this process. */
export function runVlc(...list: string[]): Promise<Ended> {
  return run("vlc", ...list);
}

/** What `main.ts` does around a command, with its output caught. */
export async function run(...list: string[]): Promise<Ended> {
  let exitCode = 0;
  let stdout = "";
  let stderr = "";
  const out = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  const err = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  try {
    await new Command("argand")
      .exitOverride()
      .addCommand(vlcCommand())
      .hook("postAction", (_, action) => {
        exitCode = (action.getOptionValue("exitCode") as number | undefined) ?? 0;
      })
      .parseAsync(list, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    exitCode = error.exitCode;
    stderr += error.message;
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
  return { exitCode, stdout, stderr };
}
