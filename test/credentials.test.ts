/** A gateway and people before a broker that wants to know who they are. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FIRST_LIGHT, freePort, has, ROOT, start, startMosquitto } from "./argand";

const installed = has("mosquitto", "-h") && has("mosquitto_passwd", "--help");
if (!installed) console.warn("skipped: users and passwords against mosquitto (apt-get install mosquitto)");

const folder = mkdtempSync(join(tmpdir(), "argand-credentials-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const site = (version: 4 | 5) => {
  const path = join(folder, `site-${version}.yaml`);
  const text = readFileSync(join(ROOT, FIRST_LIGHT), "utf8");
  const mqtt = `mqtt: { version: ${version}, credential: broker, `;
  if (!text.includes("mqtt: { ")) throw new Error("the example has another form");
  const scenario = join(ROOT, "manifests/examples/scenarios/first-light.yaml");
  writeFileSync(path, text.replace("mqtt: { ", mqtt).replace(/scenario: \S+/, `scenario: ${scenario}`));
  return path;
};

function credentials(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  return path;
}

const RIGHT = credentials("right.yaml", "broker: { user: gw, password: 'open sesame' }\n");
const WRONG = credentials("wrong.yaml", "broker: { user: gw, password: guess }\n");

describe.skipIf(!installed)("mosquitto with a password file", () => {
  let url: string;
  let stop: () => void;

  beforeAll(async () => {
    const passwords = join(folder, "passwords");
    writeFileSync(passwords, "");
    execFileSync("mosquitto_passwd", ["-b", passwords, "gw", "open sesame"]);
    execFileSync("mosquitto_passwd", ["-b", passwords, "reader", "s3cret"]);
    const port = await freePort();
    const broker = await startMosquitto(port, folder, `allow_anonymous false\npassword_file ${passwords}\n`);
    stop = () => broker.kill();
    url = `127.0.0.1:${port}`;
  });
  afterAll(() => stop?.());

  const run = (version: 4 | 5, file: string) =>
    start(["sim", site(version), "--broker", `mqtt://${url}`, "--credentials", file, "--for", "4s", "--json"]).ended;

  it.each([4, 5] as const)("takes a gateway that shows its credential, version %i", async (version) => {
    const { exitCode, stdout, stderr } = await run(version, RIGHT);
    const { published, acknowledged, lost } = JSON.parse(stdout) as Record<string, number>;
    expect([exitCode, lost], stderr).toEqual([0, 0]);
    expect([published > 0, acknowledged]).toEqual([true, published]);
    expect(stdout + stderr).not.toContain("sesame");
  });

  it.each([
    // Mosquitto 2.0 says "not authorised" to a wrong password: 5, and 0x87 in version 5.
    [4, /refused the connection: (user name or password are wrong|this client is not allowed)/],
    [5, /refused the connection: (user name or password are wrong|this client is not allowed)/],
  ] as const)(
    "refuses another password, and the gateway says so once and waits, version %i",
    async (version, words) => {
      const { stdout, stderr } = await run(version, WRONG);
      expect(stderr).toMatch(words);
      // A try after at least 150 s, not with the usual back-off.
      expect(stderr.match(/refused the connection/g)).toHaveLength(1);
      expect((JSON.parse(stdout) as Record<string, number>)["acknowledged"]).toBe(0);
      expect(stdout + stderr).not.toContain("guess");
    },
  );

  it("lets people in who say who they are in the URL, which is not shown", async () => {
    const tail = start(["tail", "--broker", `mqtt://reader:s3cret@${url}`]);
    await tail.until(/listening on mqtt:\/\/127/);
    tail.process.kill("SIGINT");
    const { stdout, stderr } = await tail.ended;
    expect(stdout + stderr).not.toContain("s3cret");
  });
});

describe("a file of credentials", () => {
  const sim = (...more: string[]) =>
    start(["sim", site(4), "--broker", "mqtt://127.0.0.1:9", "--for", "1s", ...more]).ended;

  it.each([
    ["is wanted", [], /wants the credential "broker": give a file that holds it by --credentials/],
    ["lacks the site's", ["other: { user: x }"], /holds no credential "broker"/],
    ["holds a number", ["broker: { user: 7 }"], /"broker" is no credential/],
    ["holds another key", ["broker: { user: x, pasword: y }"], /"broker" is no credential/],
    ["is a list", ["- broker"], /holds no credentials/],
    ["is no YAML", ["broker: { user"], /cannot be read/],
  ] as const)("that %s ends the command before the gateway starts", async (_what, text, message) => {
    const more = text.length === 0 ? [] : ["--credentials", credentials("odd.yaml", text[0])];
    const { exitCode, stderr } = await sim(...more);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(message)]);
  });
});
