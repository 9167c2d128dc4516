import { verify } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { keyObjectOf } from "../../host-sim/collect/verify-sign1";
import { SIGNATURE_BYTES } from "../crypto";
import { signerFromFile } from "./signer";

const folder = mkdtempSync(join(tmpdir(), "argand-signer-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the gateway's key on a PC", () => {
  it("is made at the first start, for its owner alone, and is the same at the next", () => {
    const path = join(folder, "key.pem");
    const first = signerFromFile(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect([...signerFromFile(path).publicKey]).toEqual([...first.publicKey]);
  });

  it("signs a part of the bytes, into another part of them", () => {
    const signer = signerFromFile(join(folder, "key.pem"));
    const bytes = new Uint8Array(10 + SIGNATURE_BYTES).fill(1);
    signer.sign(bytes, 2, 6, 10);
    const key = { key: keyObjectOf(signer.publicKey), dsaEncoding: "ieee-p1363" } as const;
    expect(verify("sha256", bytes.subarray(2, 8), key, bytes.subarray(10))).toBe(true);
    expect(verify("sha256", bytes.subarray(0, 8), key, bytes.subarray(10))).toBe(false);
  });

  it("refuses a file that holds something else, by its name", () => {
    const path = join(folder, "other.pem");
    writeFileSync(path, "no key");
    expect(() => signerFromFile(path)).toThrow(`${path}: no private key in PEM`);
  });
});
