import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flashSuite } from "../flash.test-suite";
import { FileFlash } from "./flash";

function folder(): string {
  return mkdtempSync(join(tmpdir(), "argand-flash-"));
}

flashSuite("hal/node", () => {
  const path = folder();
  const flash = new FileFlash({ folder: path, partitions: { outbox: 4 * 4096 } });
  return { flash, path: "outbox", dispose: () => rmSync(path, { recursive: true }) };
});

describe("FileFlash", () => {
  it("keeps the chip's bytes in a file of the partition's name", () => {
    const path = folder();
    const flash = new FileFlash({ folder: path, partitions: { outbox: 8192 }, sync: false });
    const partition = flash.open({ path: "outbox" });
    partition.write(Uint8Array.of(1, 2, 3), 4096);
    partition.close();
    const image = readFileSync(join(path, "outbox.flash"));
    expect([image.length, ...image.subarray(4094, 4100)]).toEqual([8192, 255, 255, 1, 2, 3, 255]);
    // A file that was cut short is erased flash at its end; a longer one is somebody else's.
    truncateSync(join(path, "outbox.flash"), 4098);
    const again = flash.open({ path: "outbox" });
    expect([...new Uint8Array(again.read(4, 4096))]).toEqual([1, 2, 255, 255]);
    again.close();
    writeFileSync(join(path, "outbox.flash"), new Uint8Array(8193));
    expect(() => flash.open({ path: "outbox" })).toThrow(/another site/);
    rmSync(path, { recursive: true });
  });

  it("takes whole blocks only", () => {
    expect(() => new FileFlash({ folder: "x", partitions: { outbox: 5000 } })).toThrow(RangeError);
  });
});
