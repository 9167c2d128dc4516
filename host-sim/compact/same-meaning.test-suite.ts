/** Runs a program as it is and as a step of compaction writes it: both must leave the same in `result`. */
import { runInNewContext } from "node:vm";
import { expect } from "vitest";

/** @returns what the step wrote */
export function expectSameMeaning(code: string, step: (code: string) => string): string {
  const written = step(code);
  const [before, after] = [code, written].map(outcomeOf);
  expect(after, written).toEqual(before);
  expect(before).toHaveProperty("result");
  expect(written.split("\n").length).toBe(code.split("\n").length);
  return written;
}

function outcomeOf(text: string): unknown {
  const context: { result?: unknown; thrown?: string } = {};
  try {
    runInNewContext(text, context);
  } catch (error) {
    context.thrown = (error as Error).name;
  }
  return JSON.parse(JSON.stringify({ result: context.result, thrown: context.thrown }));
}
