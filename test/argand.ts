/** Runs the `argand` command as a user does, in a process of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../", import.meta.url));
export const FIRST_LIGHT = "manifests/examples/first-light.yaml";
export const HARBOUR_WAREHOUSE = "manifests/examples/harbour-warehouse.yaml";
const ARGAND = `${ROOT}host-sim/cli/argand.mjs`;

export type Ended = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

export type Running = {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What was said so far, both streams. */
  text(): string;
  /** Resolves when the text matches; rejects when the process ends before. */
  until(pattern: RegExp): Promise<void>;
};

/** From the repository's root, with what a shell would inherit; colours off. */
export function start(list: readonly string[], environment: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [ARGAND, ...list], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: "1", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    wake();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    wake();
  });
  const ended = new Promise<Ended>((resolve) =>
    child.once("close", (exitCode) => resolve({ exitCode, stdout, stderr })),
  );
  return {
    process: child,
    ended,
    text: () => stdout + stderr,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!pattern.test(stdout + stderr)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        void ended.then(() => reject(new Error(`the command ended before ${pattern}:\n${stdout}${stderr}`)));
        look();
      }),
  };
}

export function run(...list: string[]): Promise<Ended> {
  return start(list).ended;
}

/** Is that program on the PATH? */
export function has(program: string, ...list: string[]): boolean {
  return spawnSync(program, list, { stdio: "ignore" }).error === undefined;
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** A broker that nobody here wrote, without persistence. @param access lines of its configuration that say who may connect */
export async function startMosquitto(
  port: number,
  folder: string,
  access = "allow_anonymous true\n",
): Promise<ChildProcess> {
  const config = join(folder, "mosquitto.conf");
  // Started by root it would become another user, who may not read the files of this one.
  const user = process.getuid?.() === 0 ? "user root\n" : "";
  writeFileSync(config, `${user}listener ${port} 127.0.0.1\n${access}`);
  const broker = spawn("mosquitto", ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  await new Promise<void>((resolve, reject) => {
    let said = "";
    broker.stderr!.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (/running/.test(said)) resolve();
    });
    broker.once("exit", () => reject(new Error(`mosquitto ended: ${said}`)));
  });
  return broker;
}
