import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DEFAULT_EPOCH_MS, WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { Inbound } from "../uplink/mqtt/protocol";
import { CommandDesk, type CommandDeskOptions, QUEUE, REMEMBERED } from "./command-desk";
import { encodeCommand } from "./form";

const NOW_S = DEFAULT_EPOCH_MS / 1000;

/** A desk, and everything that happens around it, in the order of its happening. */
function bench(more: Partial<CommandDeskOptions> = {}, kept = new Map<string, Uint8Array>()) {
  const kernel = new Kernel();
  const happened: string[] = [];
  const desk = new CommandDesk({
    allow: ["acknowledge", "device", "state"],
    clock: new WorldClock(kernel, DEFAULT_EPOCH_MS),
    sha256: (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
    keep: {
      read: (name) => kept.get(name)?.slice(),
      write: (name, bytes) => {
        happened.push("kept");
        kept.set(name, bytes.slice());
      },
    },
    actions: {
      acknowledge: (alarm) => {
        happened.push(`acknowledge ${alarm}`);
        return alarm === "hot";
      },
      device: (...words) => {
        happened.push(`device ${words.join(" ")}`);
        if (words[0] === "broken") throw new Error("the line is cut");
        return words[0] === "facp";
      },
      state: () => "well",
    },
    hasRoom: () => true,
    record: (id, text) => happened.push(`${id}: ${text}`),
    stored: (packetId) => happened.push(`stored ${packetId}`),
    ...more,
  });
  let packetId = 0;
  const send = (payload: Uint8Array, inbound: Partial<Inbound> = {}) => {
    const body = new Uint8Array(7 + payload.length + 3);
    body.set(payload, 7);
    const message = Object.assign(new Inbound(), {
      qos: 1,
      packetId: ++packetId,
      payloadAt: 7,
      payloadBytes: payload.length,
      ...inbound,
    });
    expect(desk.take(message, body)).toBe(false);
    body.fill(0);
  };
  const run = (seconds = 1) => {
    kernel.runUntil(kernel.nowUs() + seconds * 1e6);
    return happened.splice(0);
  };
  return { desk, send, run, kernel, kept };
}

describe("a command", () => {
  it("is remembered, carried out, recorded, and only then the broker's no longer", () => {
    const { send, run, desk } = bench();
    send(encodeCommand("a1", "acknowledge", ["hot"]));
    expect(run()).toEqual(["kept", "acknowledge hot", "a1: acknowledge hot: done", "stored 1"]);
    send(encodeCommand("a2", "device", ["facp", "silence", "zone-3"]));
    send(encodeCommand("a3", "state", []), { qos: 0, packetId: 0 });
    expect(run()).toEqual([
      "kept",
      "device facp silence zone-3",
      "a2: device facp silence zone-3: done",
      "stored 2",
      "kept",
      "a3: state: done: well",
    ]);
    expect(desk.counters).toEqual({ done: 3, refused: 0, repeated: 0, overflow: 0 });
  });

  it("that comes again is not carried out again, and gets the same answer", () => {
    const { send, run, desk } = bench();
    const command = encodeCommand("a1", "acknowledge", ["hot"]);
    send(command);
    run();
    send(command);
    expect(run()).toEqual(["a1: acknowledge hot: done", "stored 2"]);
    // Another command under the same id is the same command.
    send(encodeCommand("a1", "device", ["facp", "reset"]));
    expect(run()).toEqual(["a1: acknowledge hot: done", "stored 3"]);
    expect(desk.counters).toMatchObject({ done: 1, repeated: 2 });
  });

  it("that was taken before a restart is not carried out again, whatever became of it", () => {
    const { send, run, kept } = bench();
    const command = encodeCommand("a1", "device", ["facp", "silence"]);
    send(command);
    run();
    const again = bench({}, kept);
    again.send(command);
    expect(again.run()).toEqual([
      "a1: device facp silence: was taken before a restart; what became of it is not known",
      "stored 1",
    ]);
  });

  it("is forgotten when so many others came behind it, and not before", () => {
    const { send, run } = bench();
    for (let i = 0; i < REMEMBERED; i++) {
      send(encodeCommand(`a${i}`, "acknowledge", ["hot"]));
      run();
    }
    send(encodeCommand("a0", "acknowledge", ["hot"]));
    expect(run()).not.toContain("acknowledge hot");
    send(encodeCommand("b", "acknowledge", ["hot"]));
    run();
    send(encodeCommand("a0", "acknowledge", ["hot"]));
    expect(run()).toContain("acknowledge hot");
  });

  it.each([
    ["not-allowed", { allow: ["state"] }, encodeCommand("a", "acknowledge", ["hot"]), {}],
    ["expired", {}, encodeCommand("a", "acknowledge", ["hot"], NOW_S - 1), {}],
    ["retained", {}, encodeCommand("a", "acknowledge", ["hot"]), { retain: true }],
  ] as const)("is refused, nothing is done and the broker may forget it: %s", (code, more, payload, inbound) => {
    const { send, run, desk } = bench(more);
    send(payload, inbound);
    const happened = run();
    expect(happened[0]).toMatch(new RegExp(`^a: acknowledge hot: refused: ${code}: `));
    expect(happened.slice(1)).toEqual(["stored 1"]);
    expect(desk.counters).toMatchObject({ done: 0, refused: 1 });
  });

  it("is carried out before it expires", () => {
    const { send, run } = bench();
    send(encodeCommand("a", "acknowledge", ["hot"], NOW_S + 1));
    expect(run()).toContain("a: acknowledge hot: done");
  });

  it("says what nobody took, and what failed", () => {
    const { send, run } = bench();
    send(encodeCommand("a", "acknowledge", ["cold"]));
    send(encodeCommand("b", "device", ["broken", "reset"]));
    send(Uint8Array.of(1, 2, 3));
    const happened = run().filter((text) => text.includes("refused"));
    expect(happened).toEqual([
      "a: acknowledge cold: refused: no-effect: there is nothing of that name, or it does not take it now",
      "b: device broken reset: refused: failed: the line is cut",
      "unknown: refused: malformed: it is no deterministic CBOR",
    ]);
  });
});

describe("many commands", () => {
  it("wait in a queue of four; more are counted, and the broker keeps them", () => {
    const { send, run, desk } = bench();
    for (let i = 0; i < QUEUE + 2; i++) send(encodeCommand(`a${i}`, "state", []));
    expect(run().filter((text) => text.startsWith("stored"))).toEqual(["stored 1", "stored 2", "stored 3", "stored 4"]);
    expect(desk.counters.overflow).toBe(2);
  });

  it("are carried out ten a second at most", () => {
    const { send, run } = bench();
    for (let i = 0; i < QUEUE; i++) send(encodeCommand(`a${i}`, "state", []));
    expect(run(0.25).filter((text) => text.startsWith("stored"))).toHaveLength(3);
  });

  it("wait for room for their records, and never take it from an alarm", () => {
    let room = false;
    const { send, run } = bench({ hasRoom: () => room });
    send(encodeCommand("a", "acknowledge", ["hot"]));
    expect(run(10)).toEqual([]);
    room = true;
    expect(run(2)).toEqual(["kept", "acknowledge hot", "a: acknowledge hot: done", "stored 1"]);
  });

  it("of a connection that is lost are the broker's again", () => {
    let room = false;
    const { send, run, desk } = bench({ hasRoom: () => room });
    send(encodeCommand("a", "acknowledge", ["hot"]));
    run();
    desk.forget();
    room = true;
    expect(run(3)).toEqual([]);
    send(encodeCommand("a", "acknowledge", ["hot"]), { packetId: 9, duplicate: true });
    expect(run()).toEqual(["kept", "acknowledge hot", "a: acknowledge hot: done", "stored 9"]);
  });

  it("end with the gateway", () => {
    const { send, run, desk } = bench();
    send(encodeCommand("a", "acknowledge", ["hot"]));
    desk.close();
    expect(run(3)).toEqual([]);
  });
});
