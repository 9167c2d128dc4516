/**
 * The store in flash: an alarm lane, a telemetry lane, and a small log of how far both are acknowledged, one after the other
 * in one partition.
 *
 *   cursor | alarms | telemetry
 *
 * What is durable when:
 * - a message, when `push` has returned;
 * - an acknowledgement, after `CURSOR_EVERY` of them, `CURSOR_AFTER_US`, or `close`: after a restart so many may be sent again;
 * - a gap, before the sector that it tells of is erased: it stands in the cursor, and grows there while nobody can be told.
 *   When somebody can, it becomes a message of the alarm lane.
 *
 * A sector is erased ahead, some time after the one before it was begun, so that a message rarely waits for an erase. Where
 * everything is full the oldest sector of a lane makes room. Alarms never make room for telemetry.
 */
import type { Clock, Timer } from "../../../hal/clock";
import type { FlashPartition } from "../../../hal/flash";
import { FlashLane, GAP_PREFIX_BYTES, LANE_WORDS, type LaneKeeper } from "./flash-lane";
import { FlashPort, FlashStoreError } from "./flash-port";
import { GAP_REASONS, type Gap, LaneId, TALLY_WORDS } from "./lane";
import { SegmentLog } from "./segment-log";

/** 8 sectors of 201 entries and one entry in 30 s: 152 years at 100,000 erases. */
export const CURSOR_SECTORS = 8;
export const CURSOR_EVERY = 32;
export const CURSOR_AFTER_US = 30_000_000;
/** A lane needs one sector that is written, one that is erased, one that is kept. */
export const LEAST_SECTORS = 3;
/** How long after a sector was begun the next one is erased: what was pushed goes out first. */
const ERASE_AFTER_US = 200_000;
const RETRY_US = 60_000_000;
/** Tells the cursor's log apart from those of the lanes. */
const CURSOR = 0xff;
/** Gaps of both lanes that nobody was told. */
const CURSOR_WORDS = 2 * TALLY_WORDS;
const CURSOR_BYTES = 4 * CURSOR_WORDS;

/** A gap as a message, with a sequence number of its own. */
export type GapMessage = {
  readonly topic: number;
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly length: number;
};

export type FlashStoreOptions = {
  readonly partition: FlashPartition;
  /** Whole sectors of it are taken: as many as hold so many bytes. */
  readonly alarmBytes: number;
  readonly telemetryBytes: number;
  readonly boot: number;
  readonly clock: Clock;
};

/** Bytes of a partition for lanes of those sizes, with sectors of `sectorBytes`. */
export function partitionBytes(alarmBytes: number, telemetryBytes: number, sectorBytes: number): number {
  const sectors = CURSOR_SECTORS + sectorsFor(alarmBytes, sectorBytes) + sectorsFor(telemetryBytes, sectorBytes);
  return sectors * sectorBytes;
}

function sectorsFor(bytes: number, sectorBytes: number): number {
  return Math.max(LEAST_SECTORS, Math.ceil(bytes / sectorBytes));
}

export class FlashStore implements LaneKeeper {
  readonly alarm: FlashLane;
  readonly telemetry: FlashLane;
  readonly #port: FlashPort;
  readonly #cursor: SegmentLog;
  readonly #clock: Clock;
  readonly #timer: Timer;
  /** What the flash knows of the lanes' `first`. */
  #alarmCursor = 0;
  #telemetryCursor = 0;
  /** Counts gaps that were told. */
  #serial = 1;
  /** What the cursor's record holds, the gaps of both lanes; behind it what each lane keeps for itself. */
  readonly #words = new Int32Array(CURSOR_WORDS + 2 * LANE_WORDS);
  readonly #bytes = new Uint8Array(this.#words.buffer);
  /** When the timer is due; -1: it is not armed. */
  #dueUs = -1;
  /** Times that the flash did not do what it was told, outside of `push`. */
  failures = 0;

  /** @throws FlashStoreError when the partition is too small */
  constructor(options: FlashStoreOptions) {
    const { partition, alarmBytes, telemetryBytes, boot } = options;
    const port = new FlashPort(partition);
    const alarms = sectorsFor(alarmBytes, port.sectorBytes);
    const telemetry = sectorsFor(telemetryBytes, port.sectorBytes);
    const wanted = CURSOR_SECTORS + alarms + telemetry;
    if (wanted > port.sectors)
      throw new FlashStoreError(
        `the flash partition has ${port.sectors * port.sectorBytes} bytes; the store wants ${wanted * port.sectorBytes}`,
      );
    this.#port = port;
    this.#clock = options.clock;
    this.#timer = options.clock.timer(this.work, this);
    this.#cursor = new SegmentLog({ port, firstSector: 0, sectors: CURSOR_SECTORS, lane: CURSOR });
    const alarmLog = new SegmentLog({ port, firstSector: CURSOR_SECTORS, sectors: alarms, lane: LaneId.alarm });
    const firstSector = CURSOR_SECTORS + alarms;
    const telemetryLog = new SegmentLog({ port, firstSector, sectors: telemetry, lane: LaneId.telemetry });
    const second = CURSOR_WORDS + LANE_WORDS;
    this.alarm = new FlashLane(LaneId.alarm, alarmLog, this, boot, this.#words, CURSOR_WORDS);
    this.telemetry = new FlashLane(LaneId.telemetry, telemetryLog, this, boot, this.#words, second);
    this.recover();
  }

  /** Reads what a start before this one left, and erases what it had begun to erase. */
  private recover(): void {
    const { alarm, telemetry } = this;
    this.recoverCursor();
    for (const lane of [alarm, telemetry]) {
      lane.log.recover();
      if (!lane.log.spare && lane.log.inTheWay === 0) lane.log.eraseSpare();
    }
    this.forgetTold();
    alarm.recover(this.#alarmCursor);
    telemetry.recover(this.#telemetryCursor);
  }

  /** The newest record of the cursor; a sector that was just begun has none. */
  private recoverCursor(): void {
    const cursor = this.#cursor;
    cursor.recover();
    if (!cursor.spare) cursor.eraseSpare();
    for (let epoch = cursor.head; epoch >= cursor.tail; epoch--) {
      const address = cursor.lastOf(epoch);
      if (address < 0) continue;
      cursor.readHead(address);
      this.#serial = cursor.extra;
      this.#alarmCursor = cursor.boot;
      this.#telemetryCursor = cursor.seq;
      if (cursor.length === 0) return;
      cursor.copy(address, 0, cursor.length, this.#bytes, 0);
      this.alarm.gap.addTally(this.#words, 0);
      this.telemetry.gap.addTally(this.#words, TALLY_WORDS);
      this.alarm.gap.changed = this.telemetry.gap.changed = false;
      return;
    }
  }

  /** The power may have gone between telling a gap and noting that it was told. */
  private forgetTold(): void {
    const { log } = this.alarm;
    if (log.gapAt === 0) return;
    log.readHead(log.gapAt);
    if (log.extra !== this.#serial) return;
    this.#serial++;
    this.laneOf(this.readPrefix(log.gapAt)).gap.clear(GAP_REASONS[this.#words[1]]);
  }

  /** Reads what a gap record says to the store. @returns its lane */
  private readPrefix(address: number): LaneId {
    const { log } = this.alarm;
    log.readHead(address);
    log.copy(address, 0, GAP_PREFIX_BYTES, this.#bytes, 0);
    return this.#words[0] as LaneId;
  }

  private laneOf(id: LaneId): FlashLane {
    return id === LaneId.alarm ? this.alarm : this.telemetry;
  }

  /** See `LaneKeeper`. */
  untold(address: number): void {
    this.laneOf(this.readPrefix(address)).gap.addWords(this.#words, 1);
  }

  /** Work that was left over: begins when the gateway runs, because it may have to tell gaps. */
  start(): void {
    this.armAfter(0);
  }

  /** Makes the cursor durable. */
  close(): void {
    this.#timer.disarm();
    this.noteCursor();
    this.#port.close();
  }

  /** Erases of a sector since the store was new: of each lane's that was erased most. */
  wear(): number {
    const { alarm, telemetry } = this;
    const rounds = (log: SegmentLog) => Math.ceil((log.head + 1) / log.sectors);
    return Math.max(rounds(alarm.log), rounds(telemetry.log), rounds(this.#cursor));
  }

  /** Records that were found torn at the start. */
  get torn(): number {
    return this.alarm.log.torn + this.telemetry.log.torn;
  }

  get erases(): number {
    return this.alarm.log.erases + this.telemetry.log.erases + this.#cursor.erases;
  }

  // hot path: once for each message
  /** Makes room in a lane for a message of that length. */
  prepare(lane: FlashLane, length: number): void {
    const { log } = lane;
    if (log.spare || length > log.largestPayload) return;
    if (log.fits(length)) this.armAfter(ERASE_AFTER_US);
    else this.makeRoom(lane);
  }

  private makeRoom(lane: FlashLane): void {
    try {
      this.eraseAhead(lane);
    } catch {
      this.failures++;
    }
  }

  /** Erases the sector behind the newest one of a lane; what it holds is acknowledged, or becomes a gap. */
  private eraseAhead(lane: FlashLane): void {
    const { log } = lane;
    if (log.spare) return;
    const old = log.inTheWay;
    if (old > 0) {
      if (!lane.isFree(old)) lane.drop(old);
      this.writeCursor();
    }
    log.eraseSpare();
  }

  /**
   * What the most urgent lane has let go. Told by `tell`, which ends it.
   * @param largestBytes of the message that will tell it: room for it is made first, because that may let go of more
   */
  gap(largestBytes: number): Gap | undefined {
    if (!this.alarm.gap.pending && !this.telemetry.gap.pending) return undefined;
    this.prepare(this.alarm, GAP_PREFIX_BYTES + largestBytes);
    return this.alarm.gap.peek() ?? this.telemetry.gap.peek();
  }

  /** Puts a message about `gap` into the alarm lane. */
  tell(gap: Gap, { topic, seq, bytes, offset, length }: GapMessage): void {
    const { alarm } = this;
    const payload = new Uint8Array(GAP_PREFIX_BYTES + length);
    this.#words[0] = gap.lane;
    this.laneOf(gap.lane).gap.writeGap(gap, this.#words, 1);
    payload.set(this.#bytes.subarray(0, GAP_PREFIX_BYTES));
    payload.set(bytes.subarray(offset, offset + length), GAP_PREFIX_BYTES);
    if (!alarm.pushGap(topic, this.#serial, seq, payload)) return;
    this.#serial++;
    this.laneOf(gap.lane).gap.clear(gap.reason);
    this.noteCursor();
  }

  // hot path: for each acknowledgement
  /** A message was acknowledged. */
  acknowledged(): void {
    const ahead = this.alarm.first - this.#alarmCursor + this.telemetry.first - this.#telemetryCursor;
    if (ahead < CURSOR_EVERY) this.armAfter(CURSOR_AFTER_US);
    else this.noteCursor();
  }

  private noteCursor(): void {
    try {
      this.writeCursor();
    } catch {
      this.failures++;
    }
  }

  /** Writes how far the lanes are acknowledged, and what they have let go. */
  private writeCursor(): void {
    const { alarm, telemetry } = this;
    const { first } = alarm;
    const { first: second } = telemetry;
    if (first === this.#alarmCursor && second === this.#telemetryCursor) {
      if (!alarm.gap.changed && !telemetry.gap.changed) return;
    }
    const length = alarm.gap.pending || telemetry.gap.pending ? CURSOR_BYTES : 0;
    alarm.gap.writeWords(this.#words, 0);
    telemetry.gap.writeWords(this.#words, TALLY_WORDS);
    const cursor = this.#cursor;
    if (!cursor.fits(length) && !cursor.spare) cursor.eraseSpare();
    cursor.append(0, 0, this.#serial, first, second, this.#bytes, 0, length);
    this.#alarmCursor = first;
    this.#telemetryCursor = second;
    alarm.gap.changed = telemetry.gap.changed = false;
    if (!cursor.spare) this.armAfter(ERASE_AFTER_US);
  }

  /** Erases ahead and writes the cursor. */
  private work(): void {
    this.#dueUs = -1;
    try {
      this.eraseAhead(this.alarm);
      this.eraseAhead(this.telemetry);
      this.writeCursor();
      if (!this.#cursor.spare) this.#cursor.eraseSpare();
    } catch {
      this.failures++;
      this.armAfter(RETRY_US);
    }
  }

  private armAfter(delayUs: number): void {
    const dueUs = this.#clock.nowUs() + delayUs;
    if (this.#dueUs >= 0 && this.#dueUs <= dueUs) return;
    this.#dueUs = dueUs;
    this.#timer.arm(dueUs);
  }
}
