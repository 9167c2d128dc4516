/** Two collectors of one group at a broker that nobody here wrote, and a database that nobody here wrote. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort, has, run, start, startMosquitto } from "./argand";

const SIGNED = "manifests/examples/signed.yaml";
const broker = has("mosquitto", "-h");
if (!broker) console.warn("skipped: collectors of one group (apt-get install mosquitto)");

/** Records and messages of a collector's output. */
function read(folder: string) {
  const rows = readFileSync(join(folder, "records.ndjson"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return { rows, messages: new Set(rows.map(({ boot, seq }) => `${boot}/${seq}`)) };
}

describe.skipIf(!broker)("two collectors of one group", () => {
  const folder = mkdtempSync(join(tmpdir(), "argand-group-"));
  let mosquitto: ChildProcess;
  let summary: Record<string, unknown>;

  beforeAll(async () => {
    const port = await freePort();
    const url = `mqtt://127.0.0.1:${port}`;
    mosquitto = await startMosquitto(port, folder);
    const collectors = ["one", "two"].map((name) =>
      start(["collect", "--broker", url, "--share", "lab", "--client", name, "--out", join(folder, name)]),
    );
    for (const collector of collectors) await collector.until(/listening/);
    const sim = await run("sim", SIGNED, "--virtual", "--for", "8m", "--seed", "7", "--out", folder, "--broker", url);
    expect(sim.exitCode, sim.stderr).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const collector of collectors) collector.process.kill("SIGINT");
    for (const collector of collectors) expect((await collector.ended).exitCode).toBe(0);
    const all = join(folder, "all");
    const key = join(folder, "gateway-key.pem");
    const parts = [join(folder, "one"), join(folder, "two")];
    const merged = await run("collect", "--from", ...parts, "--out", all, "--key", key, "--json");
    expect(merged.exitCode, merged.stderr).toBe(0);
    summary = JSON.parse(merged.stdout) as Record<string, unknown>;
  });
  afterAll(() => {
    mosquitto?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it("split the messages between them: each has some, none has another's", () => {
    const [one, two] = ["one", "two"].map((name) => read(join(folder, name)).messages);
    expect(one.size).toBeGreaterThan(3);
    expect(two.size).toBeGreaterThan(3);
    expect([...one].filter((message) => two.has(message))).toEqual([]);
  });

  it("have everything together, in order, verified, and nothing twice", () => {
    expect(summary).toMatchObject({ missing: 0, duplicates: 0, refused: 0, rejectedTraces: [] });
    const { rows } = read(join(folder, "all"));
    const places = rows.map(({ boot, seq, position }) => boot * 1e9 + seq * 1e4 + position);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(new Set(places).size).toBe(rows.length);
    expect(new Set(rows.map(({ trust }) => trust))).toEqual(new Set(["valid"]));
    expect(rows.every(({ name }: { name: string }) => name.startsWith("cold-store/gw-03/"))).toBe(true);
  });

  it("leave a trace that verifies from the command line, and does not with another key", async () => {
    const key = join(folder, "gateway-key.pem");
    const good = await run("trace", "verify", join(folder, "one"), join(folder, "two"), "--key", key);
    expect([good.exitCode, good.stderr]).toEqual([0, expect.stringContaining("0 faults")]);
    const other = join(folder, "other");
    await run("sim", SIGNED, "--virtual", "--for", "10s", "--seed", "8", "--out", other);
    const bad = await run("trace", "verify", join(folder, "one"), "--key", join(other, "gateway-key.pem"));
    expect([bad.exitCode, bad.stderr]).toEqual([
      3,
      expect.stringContaining("signed with a key that is not on the ring"),
    ]);
  });
});

describe("argand collect and argand trace", () => {
  it.each([
    [["collect", "--from", "nowhere"], 1, "nowhere is not there"],
    [["collect", "--from", "package.json", "--out", "unused"], 1, "the file ends inside the message"],
    [["collect", "--format", "xml"], 1, 'there is no format "xml"'],
    [["collect", "--key", "package.json"], 1, "no public key in PEM"],
    [
      ["collect", "--broker", "mqtt://127.0.0.1:9", "--for", "1s", "--out", join(tmpdir(), "argand-no-broker")],
      2,
      "127.0.0.1:9",
    ],
    [["trace", "show"], 1, "name a capture, or a broker"],
    [["trace", "verify", "--broker", "mqtt://127.0.0.1:9"], 2, "127.0.0.1:9"],
  ] as const)("%j says what is wrong", async (list, exitCode, text) => {
    const ended = await run(...list);
    expect([ended.exitCode, ended.stderr]).toEqual([exitCode, expect.stringContaining(text)]);
  });
});

const POSTGRES = ["/usr/lib/postgresql", "/usr/local/bin/postgres"].find((path) => existsSync(path));
const bin = POSTGRES === undefined ? "" : postgresBin();
const asUser = process.getuid?.() === 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
const database = existsSync(join(bin, "initdb")) && (asUser.length === 0 || spawnSync("id", ["postgres"]).status === 0);
if (!database) console.warn("skipped: records in PostgreSQL (apt-get install postgresql)");

/** The folder of the newest server that is installed. */
function postgresBin(): string {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.length === 0 ? "/usr/local/bin" : join(root, versions[0], "bin");
}

describe.skipIf(!database)("PostgreSQL", () => {
  const folder = mkdtempSync(join(tmpdir(), "argand-postgres-"));
  const data = join(folder, "data");
  let server: ChildProcess;
  let url: string;
  const command = (program: string, ...list: string[]): [string, string[]] => {
    const whole = [...asUser, join(bin, program), ...list];
    return [whole[0], whole.slice(1)];
  };

  beforeAll(async () => {
    const port = await freePort();
    chmodSync(folder, 0o755);
    mkdirSync(data);
    if (asUser.length > 0) spawnSync("chown", ["postgres", folder, data]);
    const made = spawnSync(...command("initdb", "-D", data, "-U", "argand", "-A", "trust", "--no-sync"), {
      encoding: "utf8",
    });
    expect(made.status, made.stderr).toBe(0);
    server = spawn(...command("postgres", "-D", data, "-p", String(port), "-k", folder, "-h", "127.0.0.1"), {
      stdio: "ignore",
    });
    url = `postgres://argand@127.0.0.1:${port}/postgres`;
    const sim = await run("sim", SIGNED, "--virtual", "--for", "1m", "--seed", "7", "--out", folder);
    expect(sim.exitCode, sim.stderr).toBe(0);
  });
  afterAll(() => {
    server?.kill("SIGQUIT");
    rmSync(folder, { recursive: true, force: true });
  });

  it("has each record once, however often it is written", async () => {
    const list = ["collect", "--from", join(folder, "uplink.bin"), "--out", join(folder, "out"), "--postgres", url];
    for (let i = 0; i < 2; i++) {
      const ended = await run(...list);
      expect(ended.exitCode, ended.stderr).toBe(0);
    }
    const { rows } = read(join(folder, "out"));
    const sql = postgres(url, { max: 1 });
    const [{ count }] = await sql`select count(*)::int as count from argand_records`;
    const [{ mean }] = await sql`select avg(value) as mean from argand_records where name like '%dock/humidity'`;
    await sql.end();
    const humidity = rows.filter(({ name }) => name.endsWith("dock/humidity")).map(({ value }) => value as number);
    expect(count).toBe(rows.length);
    expect(mean).toBeCloseTo(humidity.reduce((a, b) => a + b, 0) / humidity.length, 6);
  });
});
