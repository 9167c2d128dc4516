import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SIGNATURE_BYTES } from "./crypto";
import { Es256Signer, SigningError } from "./es256";

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const scalar = (value: bigint) => bytesOf(value.toString(16).padStart(64, "0"));
const N = p256.Point.Fn.ORDER;

function signatureOf(signer: Es256Signer, message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(3 + message.length + SIGNATURE_BYTES + 2).fill(0xa5);
  bytes.set(message, 3);
  signer.sign(bytes, 3, message.length, 3 + message.length);
  expect([...bytes.subarray(0, 3), ...bytes.subarray(-2)]).toEqual(Array(5).fill(0xa5));
  return bytes.slice(3 + message.length, -2);
}

describe("ECDSA on P-256 with deterministic nonces", () => {
  /** RFC 6979 appendix A.2.5. */
  const RFC_6979 = new Es256Signer(bytesOf("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"), sha256);

  it("has the public key of RFC 6979 appendix A.2.5", () => {
    expect(hexOf(RFC_6979.publicKey)).toBe(
      "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6" +
        "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
    );
  });

  it.each([
    [
      "sample",
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" +
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    ],
    [
      "test",
      "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367" +
        "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
    ],
  ])('signs "%s" as RFC 6979 does', (message, signature) => {
    expect(hexOf(signatureOf(RFC_6979, new TextEncoder().encode(message)))).toBe(signature);
  });

  it("agrees with @noble/curves, whatever key and message", () => {
    const key = fc.bigInt({ min: 1n, max: N - 1n });
    fc.assert(
      fc.property(key, fc.uint8Array({ maxLength: 200 }), (secret, message) => {
        const signer = new Es256Signer(scalar(secret), sha256);
        expect(hexOf(signer.publicKey)).toBe(hexOf(p256.getPublicKey(scalar(secret), false).slice(1)));
        expect(hexOf(signatureOf(signer, message))).toBe(hexOf(p256.sign(message, scalar(secret), { lowS: false })));
      }),
      { numRuns: 60 },
    );
  });

  it("ends with a SigningError, and not never, where the platform's hash gives no nonce", () => {
    let asked = 0;
    // Above the order of the curve, always: no scalar.
    const stuck = () => {
      if (++asked > 1000) throw new Error("it goes on for ever");
      return new Uint8Array(32).fill(0xff);
    };
    const signer = new Es256Signer(scalar(7n), stuck);
    expect(() => signer.sign(new Uint8Array(100), 0, 36, 36)).toThrow(SigningError);
  });

  it("multiplies what is small, near a power of two or near the order as well", () => {
    const edges = [1n, 2n, 3n, 4n, 5n, 1n << 43n, (1n << 43n) - 1n, 1n << 86n, 1n << 215n, (1n << 215n) + 1n];
    for (let bit = 0n; bit < 256n; bit += 13n) edges.push(1n << bit, (1n << bit) + 1n);
    for (const edge of edges)
      for (const secret of [edge, N - edge])
        expect(hexOf(new Es256Signer(scalar(secret), sha256).publicKey), secret.toString(16)).toBe(
          hexOf(p256.getPublicKey(scalar(secret), false).slice(1)),
        );
  });

  it("signs what node:crypto finds valid, with a key of node:crypto's", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { d } = createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" })).export({ format: "jwk" });
    const signer = new Es256Signer(new Uint8Array(Buffer.from(d!, "base64url")), sha256);
    const message = new TextEncoder().encode("a batch");
    const signature = signatureOf(signer, message);
    const key = { key: createPublicKey(privateKey), dsaEncoding: "ieee-p1363" } as const;
    expect(verify("sha256", message, key, signature)).toBe(true);
    signature[63] ^= 1;
    expect(verify("sha256", message, key, signature)).toBe(false);
  });

  it("draws another nonce where one does not do", () => {
    // A hash function whose first nonce is no scalar: N itself, which RFC 6979 step h.3 skips.
    let calls = 0;
    const answers: { [call: number]: Uint8Array } = { 11: scalar(N) };
    const odd = (bytes: Uint8Array) => answers[++calls] ?? sha256(bytes);
    const message = new TextEncoder().encode("sample");
    const signer = new Es256Signer(scalar(5n), odd);
    calls = 0;
    const signature = signatureOf(signer, message);
    expect(calls).toBeGreaterThan(14);
    expect(hexOf(signature)).not.toBe(hexOf(signatureOf(new Es256Signer(scalar(5n), sha256), message)));
  });

  it.each([
    ["nothing", new Uint8Array(32)],
    ["the order", scalar(N)],
    ["more than the order", new Uint8Array(32).fill(0xff)],
    ["31 bytes", new Uint8Array(31).fill(1)],
  ])("refuses %s as a private key", (_what, secret) => {
    expect(() => new Es256Signer(secret, sha256)).toThrow("a private key on P-256 is a number of 32 bytes");
  });
});
