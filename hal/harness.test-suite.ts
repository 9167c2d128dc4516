/** What every shared test suite of the IO classes asks of the provider under test. */

export interface Harness {
  /** Lets time pass, real or virtual, until the condition holds; fails when it never does. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Lets so much time pass that everything which is going to happen has happened. */
  settle(): Promise<void>;
  /** Gives back what the harness holds, after each test. */
  dispose?(): void | Promise<void>;
}

export function bytes(...values: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(values);
}

/** 0, 1, 2, ... with a period that is no power of two, so that a lost or doubled block shows. */
export function pattern(length: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(length);
  for (let i = 0; i < length; i++) result[i] = i % 251;
  return result;
}

/** What `read` returned in "buffer" format, as plain numbers. */
export function numbers(result: unknown): number[] | undefined {
  return result === undefined ? undefined : Array.from(new Uint8Array(result as ArrayBuffer));
}

/** Runs a method and notes that it runs, so that a callback can tell that it came from inside. */
export class Inside {
  active = false;
  violations = 0;

  run<T>(method: () => T): T {
    this.active = true;
    try {
      return method();
    } finally {
      this.active = false;
    }
  }

  /** To be called in every callback. */
  check(): void {
    if (this.active) this.violations++;
  }
}
