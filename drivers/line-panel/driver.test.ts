import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { SerialPort } from "../emulation";
import { PanelBench, panelContext, panelPlan } from "../panel-points/panel-bench.test-suite";
import type { DevicePlan } from "../plan";
import { driver, type LinePanel } from "./driver";
import { LinePanelEmulator } from "./emulator";
import { checkRecordProfile, hexBytes } from "./profile-schema";
import { RecordReceiver } from "./receiver";
import { linePanelSettings } from "./record";
import { schema } from "./schema";

const VECTORS = new URL("../../../shared/vectors/gst9000_printer_text.json", import.meta.url);
const PRINTER = {
  profile: "gst9000-printer",
  points: { hall: { loop: 4, device: 4 }, "l6-": { loop: 6, device: "1-20" } },
};
const FRAME = { profile: "gst-serial", points: { "d-": { loop: 4, device: "1-20" }, hall: { loop: 4, device: 4 } } };

const gb18030 = new TextDecoder("gb18030", { fatal: true });

let bench: PanelBench;
beforeEach(() => {
  bench = new PanelBench();
});

/** The driver, and a wire to it. */
function open(page: Record<string, unknown>): {
  panel: LinePanel;
  print: (bytes: Uint8Array) => void;
  plan: DevicePlan;
} {
  const plan = panelPlan(schema, page);
  let wire: SerialPort | undefined;
  bench.board.serial(1).attach((port) => {
    wire = port;
    return { receive: () => {} };
  });
  const panel = bench.open(driver, plan) as LinePanel;
  bench.poll(panel);
  const print = (bytes: Uint8Array) => {
    wire!.transmit(bytes, 0);
    bench.poll(panel, 2);
  };
  return { panel, print, plan };
}

describe("the printed records of a GST9000", () => {
  if (!existsSync(VECTORS))
    process.stdout.write("line-panel: no vectors beside the repository, their test is skipped\n");

  it.skipIf(!existsSync(VECTORS))("say what the published ones say: two fires with their texts, and a reset", () => {
    const { records } = JSON.parse(readFileSync(VECTORS, "utf8")) as { records: { hex: string }[] };
    const { print, panel } = open(PRINTER);
    for (const { hex } of records) print(hexBytes(hex.toUpperCase()));
    expect(bench.edges).toEqual(["hall fire on", "l6-7 fire on", "hall fire off", "l6-7 fire off"]);
    expect(bench.texts.slice(0, 2).map((text) => gb18030.decode(text))).toEqual(["裙楼一层上空", "中烟六层计划部"]);
    expect([panel.records, panel.refused]).toEqual([3, 0]);
    expect(bench.snapshot).toEqual({});
  });

  const settings = () => linePanelSettings(panelPlan(schema, PRINTER).settings);
  const [fire, , reset] = settings().events;

  it("of a point that the site does not name is told of the point unlisted", () => {
    const { print } = open({ ...PRINTER, points: { hall: { loop: 9, device: 9 } } });
    print(fire.sample);
    expect(bench.edges).toEqual(["unlisted fire on"]);
  });

  it("are found among noise, cut records and pauses, and an unknown word is counted", () => {
    const { print, panel } = open(PRINTER);
    print(Uint8Array.of(0, 0x1b, 0xff, 0x0a, 0x0a));
    print(fire.sample.slice(0, 30));
    print(fire.sample);
    expect(bench.edges).toEqual(["hall fire on"]);
    const strange = fire.sample.slice();
    strange[strange.indexOf(0xca)] = 0xc9;
    print(strange);
    expect([panel.records, panel.refused, bench.warnings]).toEqual([
      1,
      1,
      ["facp: a record that its profile does not know"],
    ]);
    print(fire.sample.slice(0, 30));
    bench.run(10);
    print(reset.sample);
    expect(bench.edges).toEqual(["hall fire on", "hall fire off"]);
  });

  it("leave points unknown until the panel has spoken of them, and a first word is an edge", () => {
    const { print } = open(PRINTER);
    expect(Object.values(bench.snapshot)).toEqual(new Array(22).fill("unknown"));
    print(fire.sample);
    expect(bench.edges).toEqual(["hall fire on"]);
    expect(bench.snapshots).toBe(1);
    print(reset.sample);
    expect([bench.snapshots, bench.snapshot]).toEqual([2, {}]);
  });
});

describe("the 24 bytes of a GST panel", () => {
  it("have the address in digits", () => {
    const { print } = open(FRAME);
    print(hexBytes("AA15014004".padEnd(48, "0")));
    print(hexBytes("AA21014012".padEnd(48, "0")));
    expect(bench.edges).toEqual(["hall fire on", "d-12 trouble on"]);
    expect(bench.evidence).toEqual([0x15, 0x21]);
    print(hexBytes("AA22010000".padEnd(48, "0")));
    expect(bench.edges.slice(2)).toEqual(["hall fire off", "d-12 trouble off"]);
  });

  it("are found behind a shorter frame that begins like them", () => {
    const { print, panel } = open(FRAME);
    print(hexBytes("AA080920092004"));
    bench.run(1);
    print(hexBytes(`AA0809200920${"AA15014004".padEnd(48, "0")}`));
    expect(bench.edges).toEqual(["hall fire on"]);
    expect(panel.refused).toBe(1);
  });

  it("an address that is no number is one that the site does not name", () => {
    const { print } = open(FRAME);
    print(hexBytes("AA15014F04".padEnd(48, "0")));
    expect(bench.edges).toEqual(["unlisted fire on"]);
  });
});

describe("silence", () => {
  it("is a loss after the time that the site says, and a record ends it", () => {
    const { print, panel } = open({ ...FRAME, silenceMinutes: 1 });
    bench.run(50);
    bench.poll(panel);
    expect(bench.links).toEqual([]);
    bench.run(15);
    bench.poll(panel);
    bench.poll(panel);
    expect(bench.links).toEqual(["lost"]);
    print(hexBytes("AA15014004".padEnd(48, "0")));
    expect(bench.links).toEqual(["lost", "back"]);
  });

  it("says nothing where the site says nothing", () => {
    const { panel } = open(FRAME);
    bench.run(100_000);
    bench.poll(panel);
    expect(bench.links).toEqual([]);
  });
});

describe("a keep-alive", () => {
  const heard = (page: Record<string, unknown>): number[] => {
    const plan = panelPlan(schema, page);
    const emulator = new LinePanelEmulator(plan, bench.air);
    bench.board.serial(1).attach(emulator.serial);
    const panel = bench.open(driver, plan);
    for (let i = 0; i < 7; i++) bench.poll(panel);
    return emulator.heard;
  };

  it("is not sent", () => {
    expect(heard(FRAME)).toEqual([]);
  });

  it("is sent every 3 s where the site allows it, with one note", () => {
    const one = [...hexBytes("AA080920092004")];
    expect(heard({ ...FRAME, allow: ["keep-alive"] })).toEqual([...one, ...one, ...one]);
    expect(bench.notes).toEqual(["command: keep-alive: sent from now on"]);
  });
});

describe("the simulated panel", () => {
  it.each([
    ["gst9000-printer", PRINTER],
    ["gst-serial", FRAME],
  ])("%s prints alarms with their addresses, and its reset", (_, page) => {
    const plan = panelPlan(schema, page);
    const emulator = new LinePanelEmulator(plan, bench.air);
    bench.board.serial(1).attach(emulator.serial);
    const panel = bench.open(driver, plan);
    bench.poll(panel);
    const names = emulator.panel.points.map(({ name }) => name);
    for (const name of [names[0], names[5]]) emulator.act("zone", [name, "fire"]);
    bench.poll(panel, 5);
    expect(bench.edges).toEqual([`${names[0]} fire on`, `${names[5]} fire on`]);
    emulator.act("reset", []);
    bench.poll(panel, 5);
    expect(bench.edges.slice(2).sort()).toEqual([`${names[0]} fire off`, `${names[5]} fire off`].sort());
    bench.place(names[1], { smoke: 1 });
    emulator.step();
    bench.poll(panel, 5);
    expect(bench.edges.at(-1)).toBe(`${names[1]} fire on`);
    emulator.act("silent", []);
    emulator.act("print", ["aa"]);
    expect(() => emulator.act("print", ["xy"])).toThrow(/hexadecimal/);
  });
});

describe("the receiver", () => {
  const marks = { start: Uint8Array.of(0x1b, 0x36), end: Uint8Array.of(10, 10), length: 40 };

  /** All records that come out of a stream, as text. */
  function recordsIn(receiver: RecordReceiver, bytes: Iterable<number>): string[] {
    const found: string[] = [];
    for (const byte of bytes)
      if (receiver.push(byte)) {
        found.push([...receiver.bytes.slice(0, receiver.length)].join(" "));
        receiver.clear();
      }
    return found;
  }

  it("finds a record behind whatever came before it, and never holds more than its buffer", () => {
    const record = [0x1b, 0x36, 65, 10, 66, 10, 10];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (junk) => {
        const receiver = new RecordReceiver(marks);
        recordsIn(receiver, junk);
        expect(receiver.length).toBeLessThanOrEqual(40);
        const found = recordsIn(receiver, record);
        expect(found.at(-1)).toBe(record.join(" "));
      }),
      { numRuns: 2000 },
    );
  });

  it("counts every byte once: in a record or as garbled", () => {
    const fixed = { start: Uint8Array.of(0xaa), end: new Uint8Array(0), length: 6 };
    const byte = fc.constantFrom(0xaa, 0x1b, 0x36, 10, 1, 2);
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 300 }), fc.constantFrom(marks, fixed), (bytes, which) => {
        const receiver = new RecordReceiver(which);
        let taken = 0;
        for (const one of bytes)
          if (receiver.push(one)) {
            taken += receiver.length;
            receiver.clear();
          }
        receiver.pause();
        expect(taken + receiver.garbledBytes).toBe(bytes.length);
      }),
      { numRuns: 2000 },
    );
  });

  it("never throws, whatever a panel sends", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), (pieces) => {
        bench = new PanelBench();
        const { print } = open(PRINTER);
        for (const piece of pieces) print(piece);
      }),
      { numRuns: 30 },
    );
  });
});

describe("the wires", () => {
  it("are the panel's own, but for a keep-alive", () => {
    const bus = { kind: "serial", options: { baud: 2400, data: 8, parity: "none", stop: 1 }, everyMs: 1000 } as const;
    expect(schema.busUse?.(FRAME, bus, panelContext())).toEqual([]);
    const [use] = schema.busUse!({ ...FRAME, allow: ["keep-alive"] }, bus, panelContext());
    // Seven bytes of ten bits at 2400 baud.
    expect([use.everyMs, Math.round(use.busyUs)]).toEqual([3000, 29_167]);
  });
});

describe("the page and the profiles", () => {
  const check = (page: Record<string, unknown>) => schema.check?.(page, panelContext());

  it("is refused where it does not fit the panel", () => {
    const points = {
      a: { device: 1 },
      b: { loop: 1000, device: 1 },
      c: { loop: 1 },
      d: { loop: 1, device: "1000" },
      e: { loop: 1, device: 5 },
      f: { loop: 1, device: 5 },
      unlisted: { loop: 1, device: 6 },
      "g h": { loop: 1, device: 7 },
    };
    expect(check({ profile: "gst9000-printer", points, allow: ["keep-alive"] })).toMatchObject([
      { path: ["allow", 0], expected: "nothing: it can only be read" },
      { path: ["points", "a"], message: "this panel has loops: on which one?" },
      { path: ["points", "b", "loop"] },
      { path: ["points", "c"] },
      { path: ["points", "d", "device"], expected: "1 to 999" },
      { path: ["points", "f"], message: '"f" and "e" are the same point of the panel' },
      { path: ["points", "unlisted"] },
      { path: ["points", "g h"] },
    ]);
    expect(check({ profile: "notifier-modbus-gw", points: {} })).toMatchObject([{ path: ["profile"] }]);
    expect(check({ profile: "gst-serial", points: {}, allow: ["reset"] })).toMatchObject([{ expected: "keep-alive" }]);
  });

  it.each(["gst9000-printer", "gst-serial"])(
    "%s is a profile whose texts are its bytes, and whose samples its events",
    (name) => {
      const profile = checkRecordProfile(name, panelContext().dataFile(`panels/${name}.json`));
      if (typeof profile === "string") throw new Error(profile);
      for (const { text, bytes, sample } of profile.events) {
        if (text !== undefined) expect(gb18030.decode(hexBytes(bytes))).toBe(text);
        expect(sample).toContain(bytes);
      }
      expect(checkRecordProfile("other", profile)).toContain("its id is");
      expect(checkRecordProfile(name, { ...profile, loops: undefined })).toContain("belong together");
      expect(checkRecordProfile(name, { ...profile, frame: {} })).toContain(`${name}.json/frame`);
    },
  );
});
