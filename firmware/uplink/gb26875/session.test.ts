/** The session against a peer that writes whatever bytes a test wants. */
import { describe, expect, it } from "vitest";
import type { TCP } from "../../../hal/io";
import { WorldClock } from "../../../host-sim/world/clock";
import { Kernel } from "../../../host-sim/world/kernel";
import { Network } from "../../../host-sim/world/network";
import { RandomBranch } from "../../../host-sim/world/random";
import { CENTRE, planOf } from "./bench.test-suite";
import type { Frame, FrameReceiver, Unit } from "./codec";
import { codec2011 } from "./frame-2011";
import { type Message, Session, type SessionOwner, SessionState } from "./session";

const TIME = { second: 1, minute: 2, hour: 3, day: 4, month: 5, year: 26 };

class Peer implements SessionOwner {
  readonly kernel = new Kernel();
  readonly session: Session;
  private readonly receiver: FrameReceiver;
  readonly plan = planOf();
  /** Frames of the gateway. */
  readonly frames: Frame[] = [];
  readonly messages: Message[] = [];
  readonly said: string[] = [];
  answer: Unit = { type: 28, objects: [{ time: TIME }] };
  urgentWaits = false;
  settled: string[] = [];
  socket: TCP | undefined;
  /** False: the peer lets everything lie in its window. */
  reads = true;

  constructor(network: { readonly bufferBytes?: number } = {}) {
    const world = new Network(this.kernel, new RandomBranch(1), { latencyUs: 5000, ...network });
    const peer = this;
    this.receiver = codec2011.receiver(1024, {
      frame: (bytes, length) => this.frames.push(codec2011.decode(bytes, length)),
      broken: () => {
        throw new Error("the gateway sent a damaged frame");
      },
    });
    const host = world.host(CENTRE);
    new host.Listener({
      port: this.plan.port,
      onReadable() {
        const from = this.read();
        if (from === undefined) return;
        peer.socket = new host.TCP({
          from,
          onReadable() {
            if (peer.reads) peer.drain();
          },
        });
      },
    });
    this.session = new Session({
      codec: codec2011,
      TCP: world.host("192.0.2.7").TCP,
      plan: this.plan,
      clock: new WorldClock(this.kernel),
      random: new RandomBranch(2),
      log: { info: (text) => this.said.push(text), warn: (text) => this.said.push(text) },
      owner: this,
    });
    this.session.start();
    this.run(0.1);
  }

  /** Reads what lies there. */
  drain(): void {
    const bytes = new Uint8Array((this.socket!.read() ?? new ArrayBuffer(0)) as ArrayBuffer);
    this.receiver.push(bytes, bytes.length);
  }

  next = (): Message | undefined => this.messages.shift();
  confirmed = () => void this.settled.push("confirmed");
  refused = () => void this.settled.push("refused");
  released = () => void this.settled.push("released");
  connected = () => {};
  heartbeat = (): Unit => undefined;
  control = () => true;
  request = (): Unit => this.answer;
  now = () => TIME;

  run(seconds: number): void {
    this.kernel.runUntil(this.kernel.nowUs() + seconds * 1_000_000);
  }

  frameOf(change: Partial<Frame> = {}): Uint8Array {
    const { source, destination } = this.plan;
    const unit: Unit = { type: 88, objects: [{ reserved: 0 }] };
    const version = { main: 1, user: 1 };
    const frame = {
      serial: 7,
      version,
      time: TIME,
      source: destination,
      destination: source,
      command: 4,
      unit,
      ...change,
    };
    const bytes = new Uint8Array(codec2011.size(frame));
    codec2011.encode(frame, bytes, 0);
    return bytes;
  }

  write(bytes: Uint8Array): void {
    this.socket!.write(bytes);
    this.run(0.1);
  }

  commands(): number[] {
    return this.frames.map(({ command }) => command);
  }
}

describe("a session", () => {
  it("answers with the serial number of the question and the addresses turned round", () => {
    const peer = new Peer();
    peer.write(peer.frameOf({ serial: 513 }));
    expect(peer.frames).toMatchObject([
      { serial: 513, command: 5, source: peer.plan.source, destination: peer.plan.destination, unit: { type: 28 } },
    ]);
  });

  it("gives up a begun frame whose rest does not come, and hears the next", () => {
    const peer = new Peer();
    peer.write(peer.frameOf().subarray(0, 29));
    peer.run(11);
    peer.write(peer.frameOf({ serial: 8 }));
    expect(peer.frames.map(({ serial }) => serial)).toEqual([8]);
  });

  it("waits for the rest as long as it may come", () => {
    const peer = new Peer();
    const bytes = peer.frameOf();
    peer.write(bytes.subarray(0, 29));
    peer.run(9);
    peer.write(bytes.subarray(29));
    expect(peer.commands()).toEqual([5]);
  });

  it("hears what is for it or for everybody, and nothing else", () => {
    const peer = new Peer();
    const zero = new Uint8Array(6);
    const other = Uint8Array.of(9, 9, 9, 9, 9, 9);
    peer.write(peer.frameOf({ destination: zero }));
    peer.write(peer.frameOf({ source: zero }));
    expect(peer.commands()).toEqual([5, 5]);
    peer.write(peer.frameOf({ destination: other }));
    peer.write(peer.frameOf({ source: other }));
    expect(peer.commands()).toEqual([5, 5]);
    expect(peer.session.counters.strayed).toBe(2);
  });

  it("denies what is damaged, and never an answer", () => {
    const peer = new Peer();
    const damaged = peer.frameOf();
    damaged[damaged.length - 3] ^= 1;
    peer.write(damaged);
    // A unit that its type does not have.
    peer.write(peer.frameOf({ unit: { raw: Uint8Array.of(99, 1) } }));
    expect(peer.commands()).toEqual([6, 5]);
    for (const command of [3, 5, 6]) {
      const answer = peer.frameOf({ command });
      answer[answer.length - 3] ^= 1;
      peer.write(answer);
    }
    expect(peer.commands()).toEqual([6, 5]);
    expect(peer.session.counters.malformed).toBe(4);
  });

  it("counts confirmations of nothing, and takes none for another message", () => {
    const peer = new Peer();
    peer.messages.push({ unit: undefined, urgent: false });
    peer.session.wake();
    peer.run(0.1);
    const { serial } = peer.frames[0];
    peer.write(peer.frameOf({ command: 3, serial: serial + 1, unit: undefined }));
    expect([peer.session.state, peer.settled]).toEqual([SessionState.waiting, []]);
    peer.write(peer.frameOf({ command: 3, serial, unit: undefined }));
    expect([peer.session.state, peer.settled]).toEqual([SessionState.idle, ["confirmed"]]);
    peer.write(peer.frameOf({ command: 3, serial, unit: undefined }));
    expect(peer.session.counters.strayed).toBe(2);
    peer.write(peer.frameOf({ command: 5, unit: undefined }));
    expect(peer.session.counters.strayed).toBe(3);
  });

  it("confirms a heartbeat of the centre", () => {
    const peer = new Peer();
    peer.write(peer.frameOf({ command: 2, unit: undefined }));
    expect(peer.commands()).toEqual([3]);
  });

  it("says much through a narrow socket: all in order, or counted", () => {
    const peer = new Peer({ bufferBytes: 300 });
    const text = Uint8Array.from({ length: 200 }, (_, i) => i);
    peer.answer = { type: 26, objects: [{ text }] };
    const questions = 30;
    peer.reads = false;
    for (let serial = 0; serial < questions; serial++) {
      peer.socket!.write(peer.frameOf({ serial }));
      peer.run(0.02);
      // Now and then it takes a little, so that what waits moves up.
      if (serial % 5 === 4) peer.drain();
    }
    peer.reads = true;
    peer.drain();
    peer.run(5);
    const { answered, answersDropped } = peer.session.counters;
    expect(answered + answersDropped).toBe(questions);
    expect(answersDropped).toBeGreaterThan(0);
    const serials = peer.frames.map(({ serial }) => serial);
    expect(serials.length).toBe(answered);
    expect(serials).toEqual([...serials].sort((a, b) => a - b));
    for (const { unit } of peer.frames) expect(unit).toEqual(peer.answer);
  });

  it("leaves a centre that takes nothing for ten seconds", () => {
    const peer = new Peer({ bufferBytes: 64 });
    peer.reads = false;
    peer.answer = { type: 26, objects: [{ text: new Uint8Array(255) }] };
    peer.write(peer.frameOf());
    peer.run(9);
    expect(peer.session.state).toBe(SessionState.idle);
    peer.run(3);
    expect(peer.said[0]).toContain("it takes nothing");
  });

  it("says nothing more when it is closed", () => {
    const peer = new Peer();
    peer.session.close();
    peer.messages.push({ unit: undefined, urgent: true });
    peer.session.wake();
    peer.run(100);
    expect([peer.session.state, peer.frames.length]).toEqual([SessionState.closed, 0]);
  });
});
