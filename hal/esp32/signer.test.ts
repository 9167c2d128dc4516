import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Es256Signer } from "../es256";

const config: { signingKey?: unknown } = {};
vi.mock("mc/config", () => ({ default: config }));
vi.mock("crypt", () => ({
  Digest: class {
    readonly #hash = createHash("sha256");
    write(bytes: Uint8Array) {
      this.#hash.update(bytes);
    }
    close() {
      return new Uint8Array(this.#hash.digest()).buffer;
    }
  },
}));

const { openSigner, SIGNING_KEY } = await import("./signer");
const { sha256 } = await import("./crypto");

const HEX = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const OTHER = new Uint8Array(32).fill(7);
const publicKeyOf = (secret: Uint8Array) => [...new Es256Signer(secret, sha256).publicKey];
const log: string[] = [];
const say = (text: string) => void log.push(text);
const keepOf = (secret: Uint8Array | undefined) => ({
  read: (name: string) => (name === SIGNING_KEY ? secret : undefined),
  write: () => {},
});
const open = (secret: Uint8Array | undefined) => openSigner(keepOf(secret), { info: say, warn: say });

describe("a device's key", () => {
  beforeEach(() => {
    log.length = 0;
    delete config.signingKey;
  });

  it("is the one in storage, also where the image brings another", () => {
    config.signingKey = HEX;
    expect([...open(OTHER)!.publicKey]).toEqual(publicKeyOf(OTHER));
  });

  it("is the image's where storage has none, or where there is no storage", () => {
    config.signingKey = HEX;
    const expected = publicKeyOf(Uint8Array.from(Buffer.from(HEX, "hex")));
    expect([...open(undefined)!.publicKey]).toEqual(expected);
    expect([...openSigner(undefined, { info: say, warn: say })!.publicKey]).toEqual(expected);
    expect(log).toEqual([]);
  });

  it("is none, said in the log, where nobody gave it one", () => {
    expect(open(undefined)).toBeUndefined();
    expect(log[0]).toMatch(/no key to sign with: write one into its storage/);
  });

  it.each([
    ["31 bytes in storage", new Uint8Array(31), undefined, /the key in storage cannot be used: .*32 bytes/],
    ["no hexadecimal text in the image", undefined, "xyz", /the key in the image cannot be used: /],
    ["nothing but zeros", undefined, "00".repeat(32), /the key in the image cannot be used: .*above 0/],
  ])("is none, and never another, where it is %s", (_what, kept, text, message) => {
    config.signingKey = text;
    expect(open(kept)).toBeUndefined();
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(message);
  });
});
