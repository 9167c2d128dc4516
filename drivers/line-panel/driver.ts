/**
 * A panel that tells what happens in records on a serial line: a printer port, a frame of a fixed length. It is listened to; of
 * what it could be told only a keep-alive is built, where the site allows it.
 *
 * Such a panel cannot be asked: a point is unknown until the panel speaks of it or is reset, and a gateway that starts in a fire
 * does not know. The site says after which silence the panel counts as lost, because a quiet panel and a broken line look alike.
 */
import type { Serial, SerialOptions } from "../../hal/io";
import type { Identification } from "../../hal/sensor";
import type { DeviceInstance, DriverContext, DriverModule } from "../contract";
import { PointCondition } from "../panel-points/conditions";
import { type Evidence, PointBoard } from "../panel-points/point-board";
import type { DevicePlan } from "../plan";
import { RecordReceiver } from "./receiver";
import { type LinePanelSettings, linePanelSettings, type RecordEvent, RecordView } from "./record";

const READ_BYTES = 64;
/** Text that goes with an alarm. */
const MOST_TEXT_BYTES = 64;
/** An event's key of up to so many bytes is the alarm's raw word. */
const RAW_BYTES = 2;

export class LinePanel implements DeviceInstance, Evidence {
  readonly identification: Identification;
  readonly configuration: string;
  /** Records that were understood, and whole ones that were not. */
  records = 0;
  refused = 0;
  readonly #id: string;
  readonly #context: DriverContext;
  readonly #settings: LinePanelSettings;
  readonly #board: PointBoard;
  readonly #receiver: RecordReceiver;
  readonly #view: RecordView;
  readonly #incoming = new Uint8Array(READ_BYTES);
  readonly #serialOptions: SerialOptions;
  #io: Serial | undefined;
  #heardUs: number;
  #keepAliveUs = 0;
  #lost = false;
  /** The point of the record that is being told, its text and its raw word. */
  #point = -1;
  #text: Uint8Array | undefined;
  #raw = Number.NaN;

  /** @throws what the Serial class throws: the port is missing, in use, or cannot do these settings */
  constructor(plan: DevicePlan, context: DriverContext) {
    const settings = linePanelSettings(plan.settings);
    this.#id = plan.id;
    this.#context = context;
    this.#settings = settings;
    this.identification = { model: settings.profile, classification: "Fire panel" };
    const sends = settings.keepAlive === undefined ? "read only" : "may keep-alive";
    this.configuration = `profile ${settings.profile}, records, ${sends}`;
    this.#board = new PointBoard(plan.points!, context.panel!, this, false);
    this.#receiver = new RecordReceiver(settings);
    this.#view = new RecordView(this.#receiver.bytes);
    this.#heardUs = context.clock.nowUs();
    this.#serialOptions = plan.connection.options as unknown as SerialOptions;
    this.open();
  }

  /** Records come when they come; a tick looks at silence, repeats what waits, keeps the line alive. */
  start(nowUs: number): number {
    if (this.#io === undefined) this.reopen();
    const { silenceMs, keepAlive } = this.#settings;
    if (silenceMs > 0 && nowUs - this.#heardUs > silenceMs * 1000) this.lose("nothing was heard from the panel", nowUs);
    if (keepAlive !== undefined && nowUs >= this.#keepAliveUs) {
      if (this.#keepAliveUs === 0) this.#context.panel!.note("command", "keep-alive: sent from now on", nowUs);
      this.#keepAliveUs = nowUs + keepAlive.everyMs * 1000;
      this.#io?.write(keepAlive.bytes);
    }
    this.#board.tellAll(nowUs);
    return 0;
  }

  finish(): number {
    return 0;
  }

  roomAgain(nowUs: number): void {
    this.#board.tellAll(nowUs);
  }

  close(): void {
    this.#io?.close();
    this.#io = undefined;
  }

  evidence(point: number): number {
    return point === this.#point ? this.#raw : Number.NaN;
  }

  text(point: number): Uint8Array | undefined {
    return point === this.#point ? this.#text : undefined;
  }

  private open(): void {
    const panel = this;
    this.#io = new this.#context.io.Serial!({
      ...this.#serialOptions,
      format: "buffer",
      onReadable() {
        if (panel.#io === this) panel.readable(this);
      },
      onError(error?: unknown) {
        if (panel.#io === this) panel.broke(error);
      },
    });
  }

  private reopen(): void {
    try {
      this.open();
    } catch {
      // The port is still gone: tried again at the next tick, told once when it broke.
    }
  }

  private broke(error: unknown): void {
    this.close();
    this.lose(error instanceof Error ? error.message : "the line failed", this.#context.clock.nowUs());
  }

  private lose(reason: string, nowUs: number): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#context.sink.communication(true, reason, nowUs);
  }

  private readable(port: Serial): void {
    const nowUs = this.#context.clock.nowUs();
    if (nowUs - this.#heardUs > this.#settings.gapMs * 1000) this.#receiver.pause();
    this.#heardUs = nowUs;
    for (;;) {
      const count = port.read(this.#incoming) ?? 0;
      for (let i = 0; i < count; i++) {
        let whole = this.#receiver.push(this.#incoming[i]);
        while (whole) whole = this.take(nowUs);
      }
      if (count < READ_BYTES) return;
    }
  }

  /** @returns true when another whole record stands in the receiver */
  private take(nowUs: number): boolean {
    this.#view.length = this.#receiver.length;
    const event = this.eventOf();
    if (event === undefined) {
      this.refused++;
      if (this.refused === 1) this.#context.log.warn(`${this.#id}: a record that its profile does not know`);
      return this.#receiver.refuse();
    }
    this.records++;
    if (this.#lost) {
      this.#lost = false;
      this.#context.sink.communication(false, "", nowUs);
    }
    if (event.resets) this.reset(nowUs);
    else this.happened(event, nowUs);
    this.#board.tellAll(nowUs);
    this.#point = -1;
    this.#receiver.clear();
    return false;
  }

  private eventOf(): RecordEvent | undefined {
    const { events, event } = this.#settings;
    return events.find(({ key }) => this.#view.begins(event, key));
  }

  private happened(event: RecordEvent, nowUs: number): void {
    const { text } = this.#settings;
    const point = this.pointOf();
    this.#point = point;
    this.#text = text === undefined ? undefined : this.#view.copy(text)?.slice(0, MOST_TEXT_BYTES);
    this.#raw = event.key.length > RAW_BYTES ? Number.NaN : event.key.reduce((word, byte) => word * 256 + byte, 0);
    const before = this.#board.conditions(point) & ~PointCondition.unknown;
    this.#board.set(point, (before | event.begins) & ~event.ends, nowUs);
  }

  /** The last point stands for all that the site does not name: nothing that a panel says gets lost. */
  private pointOf(): number {
    const { loop, number, addresses } = this.#settings;
    const wantedLoop = loop === undefined ? 0 : this.#view.number(loop);
    const wanted = this.#view.number(number);
    for (const [point, points, onLoop, first] of addresses)
      if (onLoop === wantedLoop && wanted >= first && wanted < first + points) return point + wanted - first;
    return this.#board.count - 1;
  }

  /** After it nothing stands but what is disabled, and what the panel tells anew. */
  private reset(nowUs: number): void {
    for (let point = 0; point < this.#board.count; point++)
      this.#board.set(point, this.#board.conditions(point) & PointCondition.disabled, nowUs);
    this.#board.requestSnapshot();
  }
}

export const driver: DriverModule = {
  name: "line-panel",
  version: "1",
  open: (plan, context) => {
    if (context.io.Serial === undefined) throw new Error("this platform has no Serial");
    return new LinePanel(plan, context);
  },
};
