/**
 * The native light emitter, compiled with gcc against stand-ins for ESP-IDF and for XS. The RMT part runs on an RMT made for the
 * purpose, under the same suite as the world's lamp; the XS part is compiled only. What hardware makes of it is another matter.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { writeIdle } from "../../../drivers/vlc/idle";
import { VlcTransmitter } from "../../../drivers/vlc-transmitter/transmitter";
import { bytes } from "../../harness.test-suite";
import { lightSuite } from "../../light.test-suite";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "argand-vlc-"));
afterAll(() => rmSync(folder, { recursive: true }));
const bench = join(folder, "bench");

function gcc(...more: string[]): string | undefined {
  const { error, status, stderr } = spawnSync(
    "gcc",
    ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-Istand-in", ...more],
    { cwd: HERE, encoding: "utf8" },
  );
  if (error !== undefined) return "no gcc";
  return status === 0 ? undefined : stderr;
}

const sanitized = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
const sources = ["vlc-rmt.c", "stand-in/rmt.c", "stand-in/bench.c"];
let built = gcc(...sanitized, ...sources, "-o", bench);
// A gcc without its sanitizers still compiles the rest.
if (built !== undefined && built !== "no gcc" && /asan|ubsan/.test(built)) built = gcc(...sources, "-o", bench);
const present = built !== "no gcc";
if (!present) console.warn("skipped: the native light emitter, gcc is not here (apt-get install gcc)");

/**
 * One process for each question, with all that was said before: what it prints for the last line is the answer. So a test stays
 * synchronous, as the native module is.
 */
class Rmt {
  readonly lines: string[] = [];
  #printed = 0;
  readonly inUse = new Set<unknown>();

  say(line: string): string[] {
    this.lines.push(line);
    const { status, stdout, stderr } = spawnSync(bench, { input: `${this.lines.join("\n")}\n`, encoding: "utf8" });
    if (status !== 0) throw new Error(`the bench ended with ${status}: ${stderr}`);
    const answers = stdout.split("\n").filter((answer) => answer !== "");
    const fresh = answers.slice(this.#printed);
    this.#printed = answers.length;
    return fresh;
  }
}

let rmt = new Rmt();
let next = 0;
let frames: string[] = [];
let idle = "";

vi.mock("vlc-emitter", () => ({
  default: class {
    readonly #which = next++;
    readonly #pin: unknown;

    constructor(pin: number, clockHz: number, vppm: boolean, zeroBegins: number, invert: boolean, maxOctets: number) {
      if (rmt.inUse.has(pin)) throw new Error("in use");
      const shape = [pin, clockHz, Number(vppm), zeroBegins, Number(invert), maxOctets];
      const [code] = rmt.say(`new ${this.#which} ${shape.join(" ")}`);
      if (code === "261") throw new Error("no RMT channel is free");
      if (code !== "0") throw new Error(`RMT error ${code}`);
      this.#pin = pin;
      rmt.inUse.add(pin);
    }
    send(octets: Uint8Array, preambleChips: number, bitsAt: number, bitCount: number): number {
      const hex = Buffer.from(octets).toString("hex");
      const [code] = rmt.say(`send ${this.#which} ${preambleChips} ${bitsAt} ${bitCount} ${hex}`);
      if (code !== "0" && code !== "259") throw new Error(`RMT error ${code}`);
      return code === "0" ? 0 : 1;
    }
    shine(permille: number, chips: Uint8Array, count: number): void {
      const [code] = rmt.say(`shine ${this.#which} ${permille} ${count} ${Buffer.from(chips).toString("hex")}`);
      if (code !== "0") throw new Error(`RMT error ${code}`);
    }
    close(): void {
      rmt.say(`close ${this.#which}`);
      rmt.inUse.delete(this.#pin);
    }
  },
}));

const { RmtLightEmitter } = await import("../light-emitter");

/** Levels in steps of `ticks` of the RMT's 40 MHz. */
function levelsOf(line: string, ticks: number): string {
  let levels = "";
  for (const run of line.split(" ").slice(3)) {
    const [level, duration] = run.split(":");
    const steps = Number(duration) / ticks;
    levels += Number.isInteger(steps) ? level.repeat(steps) : `(${run})`;
  }
  return levels;
}

let isVppm = false;

/** A loop's last run may be cut in the middle of a chip. */
function chipsOf(line: string, ticks: number): string {
  const fine = levelsOf(line, ticks / 2);
  return Array.from({ length: fine.length / 2 }, (_, i) => fine[2 * i]).join("");
}

function letTimePass(): void {
  for (const line of rmt.say("time")) {
    if (line.startsWith("loop")) idle = chipsOf(line, 200);
    else frames.push(isVppm ? levelsOf(line, 10) : chipsOf(line, 200));
  }
}

if (present) {
  lightSuite("hal/esp32 on a stand-in of the RMT", () => {
    rmt = new Rmt();
    next = 0;
    frames = [];
    isVppm = false;
    class Watched extends RmtLightEmitter {
      constructor(options: ConstructorParameters<typeof RmtLightEmitter>[0]) {
        super(options);
        isVppm = options.lineCode === "vppm";
      }
    }
    return {
      LightEmitter: Watched,
      options: { pin: 4 },
      queues: false,
      idle: () => idle,
      async until(condition) {
        letTimePass();
        expect(condition()).toBe(true);
      },
      async settle() {
        letTimePass();
      },
      frames() {
        const seen = frames;
        frames = [];
        return seen;
      },
    };
  });
}

describe.skipIf(!present)("the native module", () => {
  it("compiles without a warning, the part for XS too", () => {
    expect(built).toBeUndefined();
    expect(gcc("-c", "vlc-emitter.c", "-o", join(folder, "vlc-emitter.o"))).toBeUndefined();
  });

  it("has in its manifest what it consists of, and in its JavaScript the functions of its C", () => {
    const manifest = JSON.parse(readFileSync(join(HERE, "manifest.json"), "utf8")) as { modules: { "*": string[] } };
    const own = manifest.modules["*"].filter((path) => path.startsWith("./")).map((path) => path.slice(2));
    const files = readdirSync(HERE).filter((name) => /\.(c|js)$/.test(name));
    expect(new Set(files.map((name) => name.replace(/\.\w+$/, "")))).toEqual(new Set(own));
    const named = [...readFileSync(join(HERE, "vlc-emitter.js"), "utf8").matchAll(/ative\("(\w+)"\)/g)].map(
      ([, name]) => name,
    );
    const c = readFileSync(join(HERE, "vlc-emitter.c"), "utf8");
    const defined = [...c.matchAll(/^void (xs_\w+)\(/gm)].map(([, name]) => name);
    expect(new Set(named)).toEqual(new Set(defined));
  });

  it("keeps any idle pattern of the codec in the memory of one channel, each step of the light", () => {
    rmt = new Rmt();
    next = 0;
    const emitter = new RmtLightEmitter({ pin: 4, clockHz: 400_000, lineCode: "vppm", maxOctets: 10 });
    const pattern = new Uint8Array(13);
    const native = rmt;
    for (let percent = 0; percent <= 100; percent++) {
      writeIdle(percent / 100, pattern);
      native.lines.push(`shine 0 500 100 ${Buffer.from(pattern).toString("hex")}`, "time");
    }
    const loops = native.say("time").filter((line) => line.startsWith("loop"));
    expect(loops.length).toBe(101);
    loops.forEach((line, percent) => {
      const levels = levelsOf(line, 50);
      expect(levels.length).toBe(200);
      expect(levels.split("1").length - 1).toBe(2 * percent);
    });
    emitter.close();
  });

  it("serves as many lamps as the chip has channels, and says so when there is none left", () => {
    rmt = new Rmt();
    next = 0;
    const lamps = [1, 2, 3, 4].map(
      (pin) => new RmtLightEmitter({ pin, clockHz: 200_000, lineCode: "manchester", maxOctets: 10 }),
    );
    const fifth = () => new RmtLightEmitter({ pin: 5, clockHz: 200_000, lineCode: "manchester", maxOctets: 10 });
    expect(fifth).toThrow(expect.objectContaining({ code: "no-resource" }));
    lamps[1].close();
    next = 1;
    fifth().close();
  });

  it("refuses a clock that is no whole number of its ticks, and passes inversion on to the pin", () => {
    rmt = new Rmt();
    next = 0;
    const wrong = { pin: 4, clockHz: 300_000, lineCode: "manchester", maxOctets: 10 } as const;
    expect(() => new RmtLightEmitter(wrong)).toThrow(expect.objectContaining({ code: "device" }));
    const emitter = new RmtLightEmitter({ ...wrong, pin: 7, clockHz: 200_000, invert: true });
    emitter.shine(0.5, bytes(1), 2);
    expect(rmt.say("time")).toEqual(["loop 7 1 1:200 0:200"]);
  });

  it("takes a new light while a frame is on its way, and shows it behind the frame", () => {
    rmt = new Rmt();
    next = 0;
    const emitter = new RmtLightEmitter({ pin: 4, clockHz: 400_000, lineCode: "vppm", maxOctets: 4 });
    const frame = { octets: bytes(1, 1), preambleChips: 1, bitsAt: 1, bitCount: 1, headerBits: 0, headerLength: -1 };
    emitter.shine(0.2, bytes(0b01), 2);
    emitter.send(frame);
    emitter.shine(0.8, bytes(0b0111), 4);
    emitter.shine(0.3, bytes(0b0001), 4);
    expect(rmt.say("time")).toEqual(["frame 4 0 1:50 1:50 0:80 1:20", "loop 4 0 1:100 0:300"]);
    emitter.send(frame);
    expect(rmt.say("time")[0]).toBe("frame 4 0 1:50 1:50 0:70 1:30");
  });

  it("sends a transmitter's beacons in every MCS", () => {
    for (const mcs of [0, 4, 5, 8]) {
      rmt = new Rmt();
      next = 0;
      const transmitter = new VlcTransmitter({ light: { io: RmtLightEmitter, pin: 4 }, id: 1, mcs });
      transmitter.beaconDue();
      transmitter.pump(0);
      const [frame, loop] = rmt.say("time");
      expect(frame.startsWith("frame 4 0 ")).toBe(true);
      expect(loop.startsWith("loop 4 0 ")).toBe(true);
    }
  });
});
