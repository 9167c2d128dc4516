import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { boardNamed, SLOT_BYTES } from "./boards";

/** `build/devices/esp32/targets/nodemcu/manifest.json` of the SDK 8.2.3, and those of esp32s3 and esp32c6. */
const SDK_BYTES = 78_848 + 4_928 * SLOT_BYTES;

describe.each(["esp32", "esp32-s3", "esp32-c6"])("the memory of %s", (name) => {
  const board = boardNamed(name)!;

  it("is as much as the SDK gives", () => {
    expect(board.chunkBytes + board.heapSlots * SLOT_BYTES).toBe(SDK_BYTES);
  });

  it("is what argand build creates a gateway with", () => {
    const { creation } = JSON.parse(readFileSync(new URL("../../firmware/manifest.json", import.meta.url), "utf8"));
    expect(creation.chunk.initial).toBe(board.chunkBytes);
    expect(creation.heap.initial).toBe(board.heapSlots);
    expect(creation.stack).toBe(board.stackSlots);
  });
});
