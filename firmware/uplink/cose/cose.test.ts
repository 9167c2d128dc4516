/** COSE_Sign1 against the working group's own examples and against verifiers that nobody here wrote. */
import { spawnSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decode, type Tag } from "cbor2";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeCrypto } from "../../../hal/node/crypto";
import { nodeSigner } from "../../../hal/node/signer";
import { keyObjectOf, verifySign1 } from "../../../host-sim/collect/verify-sign1";
import { simulatedSigner } from "../../../host-sim/simulated-key";
import { encodeDeterministic } from "../cbor/encode";
import { CborWriter } from "../cbor/writer";
import { encodeCoseKey, keyIdOf } from "./key";
import { parseSign1, signedBytes } from "./parse";
import { ContentFormat, ENVELOPE_BEFORE, ENVELOPE_BEHIND, Envelope, signDocument } from "./sign1";

const FOLDER = fileURLToPath(new URL("../../../../shared/vectors/cose/", import.meta.url));
const present = existsSync(FOLDER);
if (!present) console.warn("skipped: the COSE working group's examples (../shared/vectors/cose is not here)");

type Key = { kty: string; crv: string; x?: string; x_hex?: string; y?: string; y_hex?: string };
type Vector = {
  title: string;
  fail?: true;
  input: { sign0?: { key: Key; external?: string }; sign?: object; mac0?: object; enveloped?: object };
  intermediates: { ToBeSign_hex?: string };
  output: { cbor: string };
};

const vectors: [string, Vector][] = !present
  ? []
  : ["sign1-tests", "ecdsa-examples", "eddsa-examples", "CWT"].flatMap((folder) =>
      readdirSync(FOLDER + folder).map((file): [string, Vector] => [
        `${folder}/${file}`,
        JSON.parse(readFileSync(`${FOLDER}${folder}/${file}`, "utf8")),
      ]),
    );

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));

function publicKey({ kty, crv, x, x_hex, y, y_hex }: Key): KeyObject {
  const base64url = (text: string | undefined, hex: string | undefined) =>
    text ?? (hex === undefined ? undefined : Buffer.from(hex, "hex").toString("base64url"));
  const second = base64url(y, y_hex);
  const jwk = { kty, crv, x: base64url(x, x_hex)!, ...(second === undefined ? {} : { y: second }) };
  return createPublicKey({ key: jwk, format: "jwk" });
}

/** One of them was made before algorithms had to be protected. */
const verifyVector = (bytes: Uint8Array, { key, external = "" }: { key: Key; external?: string }) =>
  verifySign1(bytes, publicKey(key), { externalData: bytesOf(external), unprotectedAlgorithm: true });

describe.skipIf(!present)("the examples of the COSE working group", () => {
  const sign1 = vectors.filter(([, { input }]) => input.sign0 !== undefined);
  const others = vectors.filter(([, { input }]) => input.sign0 === undefined);

  it("are there", () => {
    expect(sign1.length).toBeGreaterThanOrEqual(12);
    expect(others.length).toBeGreaterThanOrEqual(6);
  });

  it.each(sign1)("%s passes or fails as its title says", (_file, { fail, input, intermediates, output }) => {
    const { external = "" } = input.sign0!;
    const verdict = verifyVector(bytesOf(output.cbor), input.sign0!);
    expect(verdict.valid, "reason" in verdict ? verdict.reason : "").toBe(fail !== true);
    if (verdict.valid && intermediates.ToBeSign_hex !== undefined)
      expect(
        Buffer.from(signedBytes(verdict.message, bytesOf(external)))
          .toString("hex")
          .toUpperCase(),
      ).toBe(intermediates.ToBeSign_hex.toUpperCase());
  });

  it.each(sign1.filter(([, { fail }]) => !fail))(
    "%s fails with any one bit of its signature or payload turned",
    (_file, vector) => {
      const whole = bytesOf(vector.output.cbor);
      const { payload, signature } = parseSign1(whole);
      for (const part of [payload, signature])
        for (const bit of [0, 4 * part.length, 8 * part.length - 1]) {
          const at = part.byteOffset - whole.byteOffset + (bit >> 3);
          const turned = whole.slice();
          turned[at] ^= 1 << (bit & 7);
          expect(verifyVector(turned, vector.input.sign0!).valid).toBe(false);
        }
    },
  );

  it.each(others)("%s, which is no COSE_Sign1, is refused with a reason", (_file, { output }) => {
    const { publicKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    expect(verifySign1(bytesOf(output.cbor), key)).toMatchObject({
      valid: false,
      reason: expect.stringMatching(/\w{4}/),
    });
  });
});

describe("what the gateway signs", () => {
  const signer = simulatedSigner(7);
  const key = keyObjectOf(signer.publicKey);
  const payloads = fc.uint8Array({ maxLength: 1200 });

  it("is found valid, with the payload as it was, whatever its length", () => {
    fc.assert(
      fc.property(payloads, (payload) => {
        const message = signDocument(payload, signer, nodeCrypto);
        const verdict = verifySign1(message, key);
        expect(verdict).toMatchObject({ valid: true });
        expect([...parseSign1(message).payload]).toEqual([...payload]);
      }),
      {
        numRuns: 60,
        examples: [
          [new Uint8Array(0)],
          [new Uint8Array(23)],
          [new Uint8Array(24)],
          [new Uint8Array(255)],
          [new Uint8Array(256)],
        ],
      },
    );
  });

  it("lies within the room that it asks for, and leaves the neighbours alone", () => {
    const envelope = new Envelope(signer, nodeCrypto, ContentFormat.senmlCbor);
    for (const length of [0, 23, 24, 255, 256, 4000]) {
      const bytes = new Uint8Array(8 + ENVELOPE_BEFORE + length + ENVELOPE_BEHIND + 8).fill(0x5a);
      envelope.seal(new CborWriter(bytes), 8 + ENVELOPE_BEFORE, length);
      expect([...bytes.subarray(0, 8), ...bytes.subarray(-8)]).toEqual(Array(16).fill(0x5a));
      expect(envelope.offset).toBeGreaterThanOrEqual(8);
      expect(envelope.offset + envelope.length).toBeLessThanOrEqual(bytes.length - 8);
      expect(verifySign1(bytes.subarray(envelope.offset, envelope.offset + envelope.length), key).valid).toBe(true);
    }
  });

  it("is tag 18 with algorithm, content format and key id protected, as another decoder reads it", () => {
    const envelope = new Envelope(signer, nodeCrypto, ContentFormat.senmlCbor);
    const bytes = new Uint8Array(ENVELOPE_BEFORE + 3 + ENVELOPE_BEHIND);
    envelope.seal(new CborWriter(bytes), ENVELOPE_BEFORE, 3);
    const message = decode(bytes.subarray(envelope.offset, envelope.offset + envelope.length)) as Tag;
    expect(message.tag).toBe(18);
    const [headers, unprotected, payload, signature] = message.contents as [
      Uint8Array,
      unknown,
      Uint8Array,
      Uint8Array,
    ];
    expect(decode(headers)).toEqual(
      new Map<number, unknown>([
        [1, -7],
        [3, 112],
        [4, keyIdOf(signer.publicKey, nodeCrypto.sha256)],
      ]),
    );
    expect([unprotected, payload.length, signature.length]).toEqual([{}, 3, 64]);
  });

  it("is the same in every run with a simulated key, and another with another seed", () => {
    const once = Buffer.from(signDocument(bytesOf("a0"), simulatedSigner(7), nodeCrypto)).toString("hex");
    expect(Buffer.from(signDocument(bytesOf("a0"), simulatedSigner(7), nodeCrypto)).toString("hex")).toBe(once);
    expect(Buffer.from(signDocument(bytesOf("a0"), simulatedSigner(8), nodeCrypto)).toString("hex")).not.toBe(once);
  });

  it("is found valid with a key of node:crypto too, and refused with another's", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const own = nodeSigner(privateKey);
    const message = signDocument(bytesOf("8101"), own, nodeCrypto);
    expect(verifySign1(message, keyObjectOf(own.publicKey)).valid).toBe(true);
    expect(verifySign1(message, key)).toEqual({
      valid: false,
      reason: "the signature does not fit the message and the key",
    });
  });

  it("refuses a key on another curve by name", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    expect(() => nodeSigner(privateKey)).toThrow("the key must be on P-256, this one is on P-384");
  });

  it("names a key by its thumbprint (RFC 9679 section 6)", () => {
    const x = bytesOf("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d");
    const y = bytesOf("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c");
    const thumbprint = nodeCrypto.sha256(encodeCoseKey(Uint8Array.of(...x, ...y)));
    expect(Buffer.from(thumbprint).toString("hex")).toBe(
      "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec",
    );
  });
});

describe("messages that could be understood in two ways", () => {
  const unprotected = new Map<number, never>();
  const make = (headers: Map<number, unknown> | Uint8Array, others: Map<number, unknown> = unprotected) =>
    encodeDeterministic([
      headers instanceof Uint8Array ? headers : encodeDeterministic(headers as never),
      others as never,
      Uint8Array.of(1),
      new Uint8Array(64),
    ]);

  it.each([
    ["a header in both maps", make(new Map([[1, -7]]), new Map([[1, -7]])), "header 1 is there twice"],
    ["crit that is not protected", make(new Map([[1, -7]]), new Map([[2, [1]]])), "crit must be protected"],
    [
      "crit that names what is not there",
      make(
        new Map<number, unknown>([
          [1, -7],
          [2, [9]],
        ]),
      ),
      "critical header 9 is not there",
    ],
    [
      "crit that nobody knows",
      make(
        new Map<number, unknown>([
          [1, -7],
          [2, [9]],
          [9, 1],
        ]),
      ),
      "header 9 is critical and unknown here",
    ],
    [
      "an empty crit",
      make(
        new Map<number, unknown>([
          [1, -7],
          [2, []],
        ]),
      ),
      "crit is an array of labels",
    ],
    ["headers that are no map", make(encodeDeterministic([1])), "headers are a map"],
    ["three parts", encodeDeterministic([new Uint8Array(0), {}, new Uint8Array(1)]), "an array of four"],
    ["no payload", encodeDeterministic([new Uint8Array(0), {}, null, new Uint8Array(64)]), "not in the message"],
  ])("%s", (_what, bytes, reason) => {
    expect(() => parseSign1(bytes)).toThrow(reason);
  });

  it("are an algorithm that is not protected, one that nobody knows, and one that does not fit the key", () => {
    const { publicKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    expect(verifySign1(make(new Uint8Array(0), new Map([[1, -7]])), key)).toMatchObject({
      reason: "its algorithm is not protected",
    });
    expect(verifySign1(make(new Map([[1, -999]])), key)).toMatchObject({
      reason: "its algorithm -999 is not known here",
    });
    expect(verifySign1(make(new Map([[1, -8]])), key)).toMatchObject({
      reason: "its algorithm does not fit a key of type ec",
    });
  });

  it("never end in anything but a verdict, whatever the bytes", () => {
    const key = keyObjectOf(simulatedSigner(1).publicKey);
    const whole = signDocument(bytesOf("83010203"), simulatedSigner(1), nodeCrypto);
    const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(edits, fc.nat(whole.length), (edits, cut) => {
        const changed = whole.slice(0, cut === 0 ? whole.length : cut);
        for (const [at, value] of edits) if (at < changed.length) changed[at] = value;
        const same = Buffer.compare(changed, whole) === 0;
        expect(verifySign1(changed, key).valid && !same).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

const PYTHON = `
import sys, cbor2
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives import hashes
message, x, y = (bytes.fromhex(a) for a in sys.argv[1:4])
tag = cbor2.loads(message)
headers, unprotected, payload, signature = tag.value
structure = cbor2.dumps(["Signature1", headers, b"", payload])
key = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()).public_key()
key.verify(utils.encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")),
  structure, ec.ECDSA(hashes.SHA256()))
print(tag.tag, payload.hex())
`;
const python = ["python3", "/usr/bin/python3"].find(
  (path) => spawnSync(path, ["-c", "import cbor2, cryptography"]).status === 0,
);
if (python === undefined)
  console.warn("skipped: COSE verified in Python (apt-get install python3-cbor2 python3-cryptography)");

describe.skipIf(python === undefined)("Python's cbor2 and cryptography", () => {
  it("find our signature valid", () => {
    const signer = simulatedSigner(3);
    const message = signDocument(bytesOf("a10102"), signer, nodeCrypto);
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
    const args = [hex(message), hex(signer.publicKey.subarray(0, 32)), hex(signer.publicKey.subarray(32))];
    const run = spawnSync(python!, ["-c", PYTHON, ...args], { encoding: "utf8" });
    expect(run.stdout.trim(), run.stderr).toBe("18 a10102");
    args[0] = args[0].replace("a10102", "a10103");
    expect(spawnSync(python!, ["-c", PYTHON, ...args]).status).not.toBe(0);
  });
});
