/** The command as its users meet it: exit codes, one clear message, no stack; and every command of the documents. */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { xsAvailability } from "../host-sim/xs/toolchain";
import { FIRST_LIGHT, freePort, ROOT, run, start } from "./argand";

const folder = mkdtempSync(join(tmpdir(), "argand-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Its scenario by a path that holds wherever the copy stands. */
const example = readFileSync(join(ROOT, FIRST_LIGHT), "utf8").replace(
  "scenario: ",
  `scenario: ${ROOT}manifests/examples/`,
);

/** The example with one thing changed. */
function broken(name: string, from: string | RegExp, to: string): string {
  const text = example.replace(from, to);
  expect(text, `${name}: nothing was changed`).not.toBe(example);
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, text);
  return path;
}

const STACK = /\n\s+at .*[:(]\d+/;

async function refused(list: string[], exitCode: number): Promise<string> {
  const ended = await run(...list);
  expect(ended.stderr).not.toMatch(STACK);
  expect({ code: ended.exitCode, stdout: ended.stdout }).toEqual({ code: exitCode, stdout: "" });
  return ended.stderr;
}

describe("argand validate", () => {
  it("says that all is well and how busy the shared buses are, and ends with 0", async () => {
    const { exitCode, stderr } = await run("validate", FIRST_LIGHT);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/bus i2c0 \(i2c\): 1 device, busy 0\.024 % of its time, longest turn 235 us/);
    const { stdout } = await run("validate", FIRST_LIGHT, "--json");
    const { ok, buses } = JSON.parse(stdout) as {
      ok: boolean;
      buses: { bus: string; devices: { device: string }[] }[];
    };
    expect([ok, buses.map(({ bus }) => bus)]).toEqual([true, ["i2c0", "light", "rs485"]]);
    expect(buses[0].devices.map(({ device }) => device)).toEqual(["hall-climate"]);
  });

  it("finds a misspelt driver and guesses what was meant", async () => {
    const path = broken("driver", "driver: sht3x", "driver: sht3");
    const text = await refused(["validate", path], 1);
    expect(text).toContain(`${path}:`);
    expect(text).toMatch(/:\d+:\d+: /);
    expect(text).toContain("    driver: sht3\n");
    expect(text).toMatch(/^\s*\|?\s*\^+/m);
    expect(text).toContain('there is no driver "sht3"');
    expect(text).toContain("sht3x");
    expect(text).toMatch(/did you mean/i);
  });

  it("finds a wrong unit", async () => {
    const text = await refused(["validate", broken("unit", "57 Cel", "57 bar")], 1);
    expect(text).toContain("bar");
    expect(text).toContain("Cel");
  });

  it("finds two devices at one address", async () => {
    const second = "  twin: { driver: sht3x, bus: i2c0, address: 0x44 }\n";
    const text = await refused(["validate", broken("address", "devices:\n", `devices:\n${second}`)], 1);
    expect(text).toMatch(/same address 0x44/);
    expect(text).toContain("hall-climate");
    expect(text).toContain("twin");
  });

  it("says that a file is not there", async () => {
    expect(await refused(["validate", join(folder, "nowhere.yaml")], 1)).toContain("nowhere.yaml");
  });

  it("survives two megabytes of garbage, with a short answer", async () => {
    const path = join(folder, "garbage.yaml");
    const bytes = Buffer.alloc(2_000_000);
    for (let i = 0, state = 1; i < bytes.length; i++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      bytes[i] = state >>> 24;
    }
    writeFileSync(path, bytes);
    expect((await refused(["validate", path], 1)).length).toBeLessThan(4000);
    const brackets = join(folder, "brackets.yaml");
    writeFileSync(brackets, "[".repeat(2_000_000));
    expect((await refused(["validate", brackets], 1)).length).toBeLessThan(4000);
  });

  it("gives machines one JSON object, with places", async () => {
    const path = broken("json", "57 Cel", "57 bar");
    const { exitCode, stdout } = await run("validate", path, "--json");
    expect(exitCode).toBe(1);
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { line: number; column: number; message: string }[] };
    expect(diagnostics[0]).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
    expect(example.split("\n")[diagnostics[0].line - 1]).toContain("57 Cel");
  });
});

describe("argand sim", () => {
  it("refuses what it cannot make sense of with 1 and one message", async () => {
    const site = ["sim", FIRST_LIGHT];
    expect(await refused([...site, "--virtual"], 1)).toContain("--for");
    expect(await refused([...site, "--virtual", "--for", "soon"], 1)).toContain("soon");
    expect(await refused([...site, "--virtual", "--for", "1m", "--seed", "x"], 1)).toContain("--seed");
    expect(await refused([...site, "--virtual", "--for", "1m", "--engine", "jsc"], 1)).toContain("jsc");
    expect(await refused([...site, "--broker", "http://x"], 1)).toContain("mqtt://");
    expect(await refused([...site, "--virtual", "--replay", join(folder, "no.csv")], 1)).toContain("no.csv");
    expect(await refused([...site, "--virtual", "--for", "1m", "--scenario", join(folder, "no.yaml")], 1)).toContain(
      "no.yaml",
    );
    expect(await refused([...site, "--engine", "xs"], 1)).toContain("--virtual");
    expect(await refused([...site, "--frobnicate"], 1)).toContain("--frobnicate");
  });

  it("names the line of a recording that is no number", async () => {
    const path = join(folder, "bad.csv");
    writeFileSync(path, ",Temperature[C],Humidity[%]\n0,20,50\n1,warm,50\n");
    expect(await refused(["sim", "--virtual", "--replay", path], 1)).toContain('bad.csv:3: "warm" is not a number');
  });

  it("says what a device of the world does not know, in every engine and in real time", async () => {
    const scenario = join(folder, "attic.yaml");
    writeFileSync(scenario, "steps:\n  - { at: 1 s, do: facp.zone attic fire }\n");
    const site = broken("attic-site", "mqtt://127.0.0.1:1883", `mqtt://127.0.0.1:${await freePort()}`);
    const message = 'scenario: facp: this panel has no point "attic"';
    const options = ["sim", site, "--for", "3s", "--scenario", scenario];
    expect(await refused([...options, "--virtual"], 1)).toContain(message);
    expect(await refused(options, 1)).toContain(message);
    if (xsAvailability().ok) expect(await refused([...options, "--virtual", "--engine", "xs"], 1)).toContain(message);
  });

  it("ends with 3 when a scenario's expectation is not met", async () => {
    const scenario = join(folder, "quiet.yaml");
    writeFileSync(scenario, "steps:\n  - { at: 1 s, expect: alarm facp.zone-1 fire acknowledged within 5 s }\n");
    const ended = await run("sim", FIRST_LIGHT, "--virtual", "--for", "20s", "--scenario", scenario);
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toMatch(/facp\.zone-1 fire acknowledged: missed/);
  });

  it("keeps sampling without a broker: says so once, retries, and counts what its memory cannot hold", async () => {
    const small = broken("small", "telemetry: 24 KiB", "telemetry: 4 KiB");
    const port = await freePort();
    const ended = await run("sim", small, "--broker", `mqtt://127.0.0.1:${port}`, "--for", "8s", "--json");
    expect(ended.exitCode, ended.stderr).toBe(0);
    const summary = JSON.parse(ended.stdout) as Record<string, number>;
    // Three channels, and seven of the eight seconds at least; the panel's points are no samples.
    expect(summary["samples"]).toBeGreaterThanOrEqual(21);
    expect(summary["acknowledged"]).toBe(0);
    expect(summary["published"]).toBe(summary["acknowledged"] + summary["lost"]);
    expect(ended.stderr.match(/ECONNREFUSED.*sampling goes on, trying again/g)).toHaveLength(1);
  });

  it("loses nothing through an outage that its store can hold, and counts the rest of a longer one", async () => {
    const outage = (length: string) => {
      const path = join(folder, `outage-${length.replace(" ", "")}.yaml`);
      writeFileSync(path, `steps:\n  - { at: 60 s, fault: broker down for ${length} }\n`);
      return path;
    };
    const runThrough = async (length: string) => {
      const { exitCode, stdout, stderr } = await run(
        ...["sim", FIRST_LIGHT, "--virtual", "--for", "90m", "--json", "--scenario", outage(length)],
      );
      expect(exitCode, stderr).toBe(0);
      return JSON.parse(stdout) as Record<string, number>;
    };
    const short = await runThrough("2 m");
    expect(short["lost"]).toBe(0);
    expect(short["acknowledged"]).toBe(short["published"]);
    const long = await runThrough("60 m");
    expect(long["lost"]).toBeGreaterThan(0);
    expect(long["acknowledged"] + long["lost"]).toBe(long["published"]);
  });

  it("runs in real time on an embedded broker, shows values, beacon and address, and ends cleanly on Ctrl-C", async () => {
    const site = broken("live", "mqtt://127.0.0.1:1883", `mqtt://127.0.0.1:${await freePort()}`);
    const startedMs = Date.now();
    const sim = start(["sim", site]);
    await sim.until(/argand tail --broker mqtt:\/\/127\.0\.0\.1:\d+/);
    await sim.until(/hall-climate\/temperature\s+2\d/);
    await sim.until(/light at hall-phone\s+lamp-3 at 3\.00 m: .* last beacon at /);
    expect(Date.now() - startedMs).toBeLessThan(10_000);
    const [, port] = /argand tail --broker mqtt:\/\/127\.0\.0\.1:(\d+)/.exec(sim.text())!;
    const batches = ["--topic", "argand/v1/+/+/telemetry", "--count", "1"];
    const tail = await run("tail", "--broker", `mqtt://127.0.0.1:${port}`, ...batches);
    expect(tail.exitCode).toBe(0);
    expect(tail.stdout).toMatch(/first-light\/gw-01\//);
    sim.process.kill("SIGINT");
    const ended = await sim.ended;
    expect(ended.exitCode).toBe(0);
    expect(ended.stderr).toMatch(/0 lost/);
  });
});

describe("argand tail", () => {
  it("says in one message that no broker answers, and ends with 2", async () => {
    const port = await freePort();
    expect(await refused(["tail", "--broker", `mqtt://127.0.0.1:${port}`], 2)).toMatch(/no MQTT broker answers/);
  });
});

describe("a reader that has seen enough", () => {
  it("ends the command without a word", async () => {
    const schema = start(["schema"]);
    schema.process.stdout?.destroy();
    const { exitCode, stderr } = await schema.ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });
});

describe("argand doctor", () => {
  it("lists what is there and what is missing", async () => {
    const { exitCode, stdout } = await run("doctor", "--json");
    expect(exitCode).toBe(0);
    const { findings } = JSON.parse(stdout) as { findings: { name: string; install: string }[] };
    expect(findings.map(({ name }) => name)).toEqual(expect.arrayContaining(["mosquitto", "Moddable SDK"]));
    for (const { install } of findings) expect(install).not.toBe("");
  });
});

describe("help", () => {
  for (const name of [
    "validate",
    "sim",
    "budget",
    "flash-torture",
    "tail",
    "build",
    "where",
    "schema",
    "doctor",
    "driver",
    "modbus",
  ])
    it(`of ${name} has an example`, async () => {
      const { exitCode, stdout } = await run(name, "--help");
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(new RegExp(`Examples?:\\n.*argand ${name}`));
    });

  it("says what is wrong with an unknown command", async () => {
    expect(await refused(["simulate"], 1)).toMatch(/simulate/);
    expect(await refused(["sim", "no-such-site.yaml", "--virtual", "--for", "1m"], 1)).toMatch(/no-such-site\.yaml/);
  });
});

/** Commands of the documents that other tests run, or that cannot run inside a test run. */
const RUN_ELSEWHERE: readonly [RegExp, string][] = [
  [/^npm (ci|test|start|run \w+(:\w+)?)( && npm (start|test))?$/, "continuous integration runs the scripts"],
  [/^npx vitest run /, "this is one"],
  [/^(\w+=\S+ )?npx tsx /, "a benchmark: npm run bench:quick runs the most of them"],
  [/^argand schema > /, "manifests/schema/site.test.ts, which holds the file to it"],
  [/^argand collect .*--broker/, "test/collect.test.ts"],
  [/^argand cmd /, "test/commands.test.ts, against a broker"],
  [/^argand flash-torture/, "host-sim/torture"],
  [/^argand tail/, "the live test above"],
  [/^argand modbus /, "host-sim/cli/modbus.test.ts, on lines and hosts that are there"],
  [/^argand budget/, "host-sim/cli/budget.test.ts"],
  [/^argand build/, "host-sim/cli/build.test.ts"],
  [/^argand where/, "host-sim/cli/where.test.ts"],
  [/^argand sim .*--broker/, "test/mosquitto.test.ts"],
  [/^argand sim [^-]*$/, "the live test above"],
  [/--engine xs/, "test/engines.test.ts"],
];

/** What a reader's shell has after `npm ci`. */
const SHELL = `argand() { "${process.execPath}" "${ROOT}host-sim/cli/argand.mjs" "$@"; }\nnpx() { "$@"; }`;

describe("the documents", () => {
  const commands = documentedCommands();
  /** A folder that looks like the repository to what is read, and where everything may be written. One command leaves what the next reads. */
  const desk = join(folder, "desk");
  mkdirSync(desk);
  symlinkSync(join(ROOT, "manifests"), join(desk, "manifests"));
  writeFileSync(join(desk, "recording.csv"), ",Temperature[C],Humidity[%],Fire Alarm\n0,20,50,0\n1,20.5,50,1\n");

  it("name commands", () => {
    expect(commands.length).toBeGreaterThan(10);
  });

  for (const command of commands.filter((one) => !RUN_ELSEWHERE.some(([pattern]) => pattern.test(one))))
    it(`${command} runs as written`, async () => {
      expect(command).toMatch(/^argand /);
      const ended = spawnSync("bash", ["-euo", "pipefail", "-c", `${SHELL}\n${command}`], {
        cwd: desk,
        encoding: "utf8",
      });
      expect(ended.status, ended.stderr).toBe(0);
    });

  it("leave no command of the XS engine untried where there is a compiler", () => {
    if (!xsAvailability().ok) return console.warn("skipped: --engine xs of the documents");
    expect(commands.some((command) => command.includes("--engine xs"))).toBe(true);
  });
});

/** Commands in fenced shell blocks and in backquotes of every README and CONTRIBUTING. */
function documentedCommands(): string[] {
  const commands = new Set<string>();
  for (const path of markdownFiles(ROOT)) {
    const text = readFileSync(path, "utf8");
    for (const [, block] of text.matchAll(/```sh\n([\s\S]*?)```/g))
      for (const line of block.split("\n")) add(line.replace(/\s+#.*$/, "").trim());
    for (const [, code] of text.matchAll(/`((?:npx argand|npm run|npm|npx vitest) [^`\n]+)`/g)) add(code);
  }
  return [...commands];

  function add(line: string): void {
    // Placeholders (SITE, FILE, …) stand for something of the reader's.
    if (line !== "" && !/[A-Z]{4}|\.\.\.|…|<|^export /.test(line))
      commands.add(line.replaceAll("\\|", "|").replace(/^npx argand/, "argand"));
  }
}

function markdownFiles(start: string): string[] {
  return readdirSync(start, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".") || entry.name === "node_modules" || entry.name === "out") return [];
    const path = join(start, entry.name);
    if (entry.isDirectory()) return markdownFiles(path);
    return entry.name.endsWith(".md") && existsSync(path) ? [path] : [];
  });
}
