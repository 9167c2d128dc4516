/** Single keys on a terminal, without waiting for a line. */

export class Keys {
  readonly #onData: (data: Buffer) => void;

  private constructor(onData: (data: Buffer) => void) {
    this.#onData = onData;
    process.stdin.setRawMode(true);
    process.stdin.resume();
    process.stdin.on("data", onData);
  }

  /** `undefined` where standard input is no terminal. */
  static listen(actions: { readonly [key: string]: () => void }): Keys | undefined {
    if (process.stdin.isTTY !== true) return undefined;
    return new Keys((data) => {
      for (const key of data.toString("latin1")) {
        // In raw mode Ctrl-C arrives as a character; the process handles it as the signal that it stands for.
        if (key === "\x03") process.kill(process.pid, "SIGINT");
        else actions[key]?.();
      }
    });
  }

  close(): void {
    process.stdin.off("data", this.#onData);
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }
}
