/** `argand key`: what it makes is what a device and a collector read, and it is kept from others. */

import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { keyIdOf } from "../../firmware/uplink/cose/key";
import { Es256Signer } from "../../hal/es256";
import { nodeCrypto } from "../../hal/node/crypto";
import { start } from "../../test/argand";
import { KeyRing } from "../collect/key-ring";

const folder = mkdtempSync(join(tmpdir(), "argand-key-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string) => join(folder, name);
const argand = (...words: string[]) => start(words).ended;

it("makes a key whose three forms are one: PEM, storage of a board, public key", async () => {
  const made = await argand("key", "new", path("gw.key"), "--nvs", path("gw.csv"));
  expect(made.exitCode, made.stderr).toBe(0);
  expect(made.stdout).toMatch(/^-----BEGIN PUBLIC KEY-----/);
  expect(made.stdout + made.stderr).not.toContain("PRIVATE");
  for (const file of ["gw.key", "gw.csv"]) expect(statSync(path(file)).mode & 0o077, file).toBe(0);

  const [head, namespace, row] = readFileSync(path("gw.csv"), "utf8").split("\n");
  expect([head, namespace]).toEqual(["key,type,encoding,value", "argand,namespace,,"]);
  const [name, type, encoding, hex] = row.split(",");
  expect([name, type, encoding]).toEqual(["signkey", "data", "hex2bin"]);
  const device = new Es256Signer(new Uint8Array(Buffer.from(hex, "hex")), nodeCrypto.sha256);

  writeFileSync(path("gw.pub"), made.stdout);
  const keyId = Buffer.from(keyIdOf(device.publicKey, nodeCrypto.sha256)).toString("hex");
  expect(new KeyRing().addFile(path("gw.pub"))).toEqual([keyId]);
  for (const file of ["gw.key", "gw.pub"]) {
    const shown = await argand("key", "show", path(file), "--json");
    expect(JSON.parse(shown.stdout)).toEqual({
      keyId,
      publicKey: Buffer.from(device.publicKey).toString("hex"),
      pem: made.stdout,
    });
  }
});

it("overwrites no key", async () => {
  writeFileSync(path("old.key"), "precious");
  const again = await argand("key", "new", path("old.key"));
  expect([again.exitCode, readFileSync(path("old.key"), "utf8")]).toEqual([1, "precious"]);
  expect(again.stderr).toContain("is there already; argand overwrites no key");
});

it("says what is no key, or none of a gateway's", async () => {
  writeFileSync(path("no.key"), "hello");
  expect((await argand("key", "show", path("no.key"))).stderr).toContain("holds no key in PEM");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
  writeFileSync(path("p384.key"), privateKey.export({ type: "pkcs8", format: "pem" }));
  const wrong = await argand("key", "show", path("p384.key"));
  expect([wrong.exitCode, wrong.stderr]).toEqual([1, expect.stringContaining("on P-256, this one is secp384r1")]);
  expect((await argand("key", "show", path("gone.key"))).exitCode).toBe(1);
});
