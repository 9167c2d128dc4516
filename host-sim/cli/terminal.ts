/** People's output goes to stderr, a machine's to stdout. Colour and progress only on a terminal without NO_COLOR. */

const colour = process.stderr.isTTY === true && process.env["NO_COLOR"] === undefined;

export const useColour: boolean = colour;

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function bold(text: string): string {
  return colour ? `\x1b[1m${text}\x1b[0m` : text;
}

export function red(text: string): string {
  return colour ? `\x1b[31m${text}\x1b[0m` : text;
}

export function dim(text: string): string {
  return colour ? `\x1b[2m${text}\x1b[0m` : text;
}

/** The one object that `--json` prints. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** A line that is written over while work goes on; silent where stderr is no terminal. */
export class Progress {
  #shown = false;
  #lastMs = 0;

  show(text: string): void {
    if (process.stderr.isTTY !== true) return;
    const nowMs = Date.now();
    if (nowMs - this.#lastMs < 100) return;
    this.#lastMs = nowMs;
    process.stderr.write(`\r\x1b[K${text}`);
    this.#shown = true;
  }

  clear(): void {
    if (this.#shown) process.stderr.write("\r\x1b[K");
    this.#shown = false;
  }
}
