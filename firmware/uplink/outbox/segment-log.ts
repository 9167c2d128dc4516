/**
 * A ring of flash sectors that is only ever appended to: the records of one lane.
 *
 *   sector   header 32 | clean mark 4 | witness 4 | record | record | ... | room for a hole
 *   header   mark, version and lane and sectors, epoch, number of the first record, boot and seq of the record before it, 0, CRC
 *   record   length u16, topic u8, flags u8 | extra | boot | seq | payload, padded to 4 with FF | CRC
 *   hole     16 zeros | witness 4
 *
 * The epoch counts sectors used: a sector with epoch e is the (e modulo sectors)th, so their order needs no table and wear
 * is level. The CRC of a record is seeded with the epoch: what a sector held in an earlier life is never valid in a later one.
 *
 * Where the power went:
 * - in a record: its CRC fails and nothing valid follows. The record is sealed (its first word becomes 0, which NOR can
 *   always do) and the log goes on in the next sector. Where the power goes again in the seal, the record may read as valid, and
 *   no longer at a later start. So the witness in front of the records of that start names its place first: a last record that
 *   is named, and that no start has left a hole behind, is sealed however it reads;
 * - in the first bytes of a record, and nothing is to be seen: the cells may be weak all the same. Every start makes a hole
 *   of zeros where the next record's head would have gone;
 * - in a header: the sector has none, and is erased again;
 * - in an erase: the clean mark, which is written when an erase is through, is missing, and the sector is erased again.
 * The last thing that is found valid is programmed once more with its own bytes: a cell that was caught half-way reads what it
 * likes, and is firm after that. (Encrypted flash does not allow it: this log is for plain flash.)
 */
import { crc32 } from "./crc32";
import { EIGHT_WORDS, type FlashPort, FOUR_WORDS, PAGE_BYTES, stepOf, WORD, WORD_BYTES } from "./flash-port";

const HEADER_BYTES = 32;
const FIRST_WITNESS = HEADER_BYTES + WORD_BYTES;
export const FIRST_RECORD = FIRST_WITNESS + WORD_BYTES;
const RECORD_HEAD_BYTES = 16;
export const RECORD_OVERHEAD_BYTES = RECORD_HEAD_BYTES + WORD_BYTES;
export const HOLE_BYTES = RECORD_HEAD_BYTES + WORD_BYTES;

/** "ARG1". */
const MARK = 0x31475241;
const CLEAN = 0x0ce4a5ed;
const VERSION = 2;
const BLANK_WORD = -1;
const SEAL_WORD = 0;
const HEADER_CRC_WORD = 7;

/** In every record, so that none begins with the word of a seal. */
const FLAG_RECORD = 0x80;
/** The record tells a gap; `extra` is its serial number. */
export const FLAG_GAP = 0x40;

/** What `look` finds beside records, whose size it gives. */
export const NOTHING = 0;
export const SEALED = -1;
export const DAMAGED = -2;

export type SegmentLogOptions = {
  readonly port: FlashPort;
  readonly firstSector: number;
  readonly sectors: number;
  /** Tells logs apart that lie in one partition. */
  readonly lane: number;
};

export class SegmentLog {
  readonly sectors: number;
  readonly #port: FlashPort;
  readonly #base: number;
  readonly #identity: number;
  /** Epoch of the sector that is written, 0 before the first; of the oldest that holds records. */
  #head = 0;
  #tail = 1;
  /** Where the next record goes; the end of the sector when it takes no more. */
  #at: number;
  /** Number of the next record. */
  #next = 0;
  /** The sector behind the head's is erased. */
  #spare = false;
  /** The last record. */
  #lastBoot = 0;
  #lastSeq = -1;
  /** Erases since the start, and torn records found at it. */
  erases = 0;
  torn = 0;
  /** Address of the last gap record in the newest sector, as it was found at the start; 0 when there is none. */
  gapAt = 0;

  /** Where the record lies that `look` found: behind holes. */
  offset = 0;
  /** What `look` and `readHead` read. */
  length = 0;
  topic = 0;
  flags = 0;
  extra = 0;
  boot = 0;
  seq = 0;
  /** What `firstOf` read: the record before the sector's first. */
  boundBoot = 0;
  boundSeq = 0;

  constructor({ port, firstSector, sectors, lane }: SegmentLogOptions) {
    this.#port = port;
    this.#base = firstSector;
    this.sectors = sectors;
    this.#identity = VERSION | (lane << 8) | (sectors << 16);
    this.#at = port.sectorBytes;
  }

  get head(): number {
    return this.#head;
  }

  get tail(): number {
    return this.#tail;
  }

  get next(): number {
    return this.#next;
  }

  get spare(): boolean {
    return this.#spare;
  }

  get lastBoot(): number {
    return this.#lastBoot;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Largest payload that a sector can hold. */
  get largestPayload(): number {
    return this.#port.sectorBytes - HOLE_BYTES - FIRST_RECORD - RECORD_OVERHEAD_BYTES;
  }

  /** Whether a payload of that length fits behind the last record. */
  fits(length: number): boolean {
    return this.#at + sizeOf(length) <= this.#port.sectorBytes - HOLE_BYTES;
  }

  /** So many payloads of that length fit behind the last record, and in a sector that is new. */
  placesLeft(length: number): number {
    return Math.max(0, Math.floor((this.#port.sectorBytes - HOLE_BYTES - this.#at) / sizeOf(length)));
  }

  placesInSector(length: number): number {
    return Math.floor((this.#port.sectorBytes - HOLE_BYTES - FIRST_RECORD) / sizeOf(length));
  }

  /** Epoch of the sector that must be let go before the spare one can be erased; 0 when none must. */
  get inTheWay(): number {
    const epoch = this.#head + 1 - this.sectors;
    return !this.#spare && epoch >= this.#tail ? epoch : 0;
  }

  /** Number of the first record in that sector; -1 when its header is damaged. */
  firstOf(epoch: number): number {
    if (this.readHeader(epoch % this.sectors) !== epoch) return -1;
    const { words } = this.#port;
    this.boundBoot = words[4];
    this.boundSeq = words[5];
    return words[3];
  }

  /** Address of the last valid record of a sector, -1 when it has none. */
  lastOf(epoch: number): number {
    let last = -1;
    let offset = FIRST_RECORD;
    for (let size = this.look(epoch, offset); size > 0; size = this.look(epoch, offset)) {
      last = this.address(epoch, this.offset);
      offset = this.offset + size;
    }
    return last;
  }

  /** Address of a place in a sector. */
  address(epoch: number, offset: number): number {
    return (this.#base + (epoch % this.sectors)) * this.#port.sectorBytes + offset;
  }

  /** The numbers of what was here are used up as far as `next`, although the log does not know of it. */
  skipTo(next: number): void {
    this.#next = next;
    this.#at = this.#port.sectorBytes;
  }

  // hot path: once for each message
  /** Reads the head of a record that is known to be valid. */
  readHead(address: number): void {
    const { words } = this.#port;
    this.#port.read(address, FOUR_WORDS);
    const first = words[0];
    this.length = first & 0xffff;
    this.topic = (first >> 16) & 0xff;
    this.flags = first >>> 24;
    this.extra = words[1];
    this.boot = words[2];
    this.seq = words[3];
  }

  // hot path: once for each message
  /** What lies there: the size of a valid record, `NOTHING`, `SEALED` (also where nothing fits), or `DAMAGED`. */
  look(epoch: number, from: number): number {
    const port = this.#port;
    let offset = from;
    let address = 0;
    do {
      this.offset = offset;
      if (offset + RECORD_OVERHEAD_BYTES > port.sectorBytes) return SEALED;
      address = this.address(epoch, offset);
      this.readHead(address);
      offset += HOLE_BYTES;
    } while (this.isHole());
    offset = this.offset;
    const first = port.words[0];
    if (first === BLANK_WORD) return NOTHING;
    if (first === SEAL_WORD) return SEALED;
    const size = sizeOf(this.length);
    if ((this.flags & FLAG_RECORD) === 0 || offset + size > port.sectorBytes) return DAMAGED;
    let crc = crc32(~epoch, port.page, RECORD_HEAD_BYTES);
    const end = address + size - WORD_BYTES;
    address += RECORD_HEAD_BYTES;
    while (address < end) {
      const step = stepOf(address, end - address);
      port.read(address, step);
      crc = crc32(crc, port.page, PAGE_BYTES >> step);
      address += PAGE_BYTES >> step;
    }
    port.read(end, WORD);
    return port.words[0] === ~crc ? size : DAMAGED;
  }

  // hot path
  /** Whether a start has left the place empty whose head was read. */
  private isHole(): boolean {
    const { words } = this.#port;
    return words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3] === 0;
  }

  // hot path: once for each message
  /** Copies `count` bytes of the payload of the record at `address`, from byte `skip` on, which lies on a word. */
  copy(address: number, skip: number, count: number, into: Uint8Array, offset: number): void {
    const port = this.#port;
    let from = address + RECORD_HEAD_BYTES + skip;
    let to = offset;
    let left = count;
    while (left >= WORD_BYTES) {
      const step = stepOf(from, left);
      port.read(from, step);
      into.set(port.view(step), to);
      from += PAGE_BYTES >> step;
      to += PAGE_BYTES >> step;
      left -= PAGE_BYTES >> step;
    }
    if (left === 0) return;
    port.read(from, WORD);
    for (let i = 0; i < left; i++) into[to + i] = port.page[i];
  }

  // hot path: once for each message
  /**
   * Appends a record, in the next sector where it does not fit into this one. There must be room: `fits`, or `spare`. When the
   * flash throws, the log goes on behind the place of the failure.
   */
  append(
    topic: number,
    flags: number,
    extra: number,
    boot: number,
    seq: number,
    source: Uint8Array,
    offset: number,
    length: number,
  ): void {
    if (!this.fits(length)) this.advance();
    const port = this.#port;
    const { words, page } = port;
    const at = this.#at;
    // Until the record is whole nothing may follow it.
    this.#at = port.sectorBytes;
    let address = this.address(this.#head, at);
    const end = address + sizeOf(length) - WORD_BYTES;
    words[0] = length | (topic << 16) | ((flags | FLAG_RECORD) << 24);
    words[1] = extra;
    words[2] = boot;
    words[3] = seq;
    let crc = crc32(~this.#head, page, RECORD_HEAD_BYTES);
    port.write(address, FOUR_WORDS);
    address += RECORD_HEAD_BYTES;
    let done = 0;
    while (address < end) {
      const step = stepOf(address, end - address);
      const bytes = PAGE_BYTES >> step;
      for (let i = 0; i < bytes; i++, done++) page[i] = done < length ? source[offset + done] : 0xff;
      crc = crc32(crc, page, bytes);
      port.write(address, step);
      address += bytes;
    }
    words[0] = ~crc;
    port.write(end, WORD);
    this.#at = at + sizeOf(length);
    this.#next++;
    this.#lastBoot = boot;
    this.#lastSeq = seq;
  }

  /** Begins the next sector. */
  private advance(): void {
    if (!this.#spare) throw new RangeError("segment log: no erased sector is there");
    const port = this.#port;
    const { words } = port;
    const epoch = this.#head + 1;
    // A header that fails takes its sector with it.
    this.#spare = false;
    words[0] = MARK;
    words[1] = this.#identity;
    words[2] = epoch;
    words[3] = this.#next;
    words[4] = this.#lastBoot;
    words[5] = this.#lastSeq;
    words[6] = 0;
    words[HEADER_CRC_WORD] = ~crc32(-1, port.page, HEADER_BYTES - WORD_BYTES);
    port.write(this.address(epoch, 0), EIGHT_WORDS);
    this.#head = epoch;
    this.#at = FIRST_RECORD;
  }

  /** Erases the sector behind the head's. What it held must have been let go, and the flash must know that. */
  eraseSpare(): void {
    const port = this.#port;
    const epoch = this.#head + 1;
    this.#spare = false;
    if (this.#tail <= epoch - this.sectors) this.#tail = epoch - this.sectors + 1;
    port.erase(this.#base + (epoch % this.sectors));
    this.erases++;
    port.words[0] = CLEAN;
    port.write(this.address(epoch, HEADER_BYTES), WORD);
    this.#spare = true;
  }

  /** Finds out what the flash holds. */
  recover(): void {
    for (let sector = 0; sector < this.sectors; sector++) {
      const epoch = this.readHeader(sector);
      if (epoch > this.#head) this.#head = epoch;
    }
    if (this.#head > 0) this.recoverHead();
    this.#tail = Math.max(1, this.#head - this.sectors + 1);
    while (this.#tail < this.#head && this.readHeader(this.#tail % this.sectors) !== this.#tail) this.#tail++;
    this.#spare = this.inTheWay === 0 && this.isClean(this.#head + 1);
  }

  /** The epoch in a sector's header, 0 when there is no valid one. */
  private readHeader(sector: number): number {
    const { words, page } = this.#port;
    this.#port.read((this.#base + sector) * this.#port.sectorBytes, EIGHT_WORDS);
    const epoch = words[2];
    const valid =
      words[0] === MARK &&
      words[1] === this.#identity &&
      words[HEADER_CRC_WORD] === ~crc32(-1, page, HEADER_BYTES - WORD_BYTES) &&
      epoch > 0 &&
      epoch % this.sectors === sector;
    return valid ? epoch : 0;
  }

  /** Reads the newest sector record by record, to the place where writing goes on. */
  private recoverHead(): void {
    const head = this.#head;
    this.#next = this.firstOf(head);
    this.#lastBoot = this.boundBoot;
    this.#lastSeq = this.boundSeq;
    let last = 0;
    let end = FIRST_RECORD;
    let witness = FIRST_WITNESS;
    let size = this.look(head, end);
    let { offset } = this;
    let condemned = false;
    while (size > 0 || (size === DAMAGED && this.look(head, offset + sizeOf(this.lengthAt(offset))) > 0)) {
      if (offset > end) witness = offset - WORD_BYTES;
      condemned = size > 0 && this.isCondemned(offset, size, witness);
      if (condemned) break;
      if (size > 0) {
        this.#lastBoot = this.boot;
        this.#lastSeq = this.seq;
        if ((this.flags & FLAG_GAP) !== 0) this.gapAt = this.address(head, offset);
        last = offset;
      } else size = sizeOf(this.lengthAt(offset));
      this.#next++;
      end = offset + size;
      size = this.look(head, end);
      offset = this.offset;
    }
    if (last > 0) this.refresh(last, sizeOf(this.lengthAt(last)));
    else this.refresh(0, HEADER_BYTES);
    if (offset > end) witness = offset - WORD_BYTES;
    // Holes behind the last record were made by a start that may have been cut, or are what became of a seal.
    for (; end < offset; end += HOLE_BYTES) this.leaveHole(end);
    this.#at = this.#port.sectorBytes;
    if (offset + RECORD_OVERHEAD_BYTES > this.#port.sectorBytes) return;
    if (size === NOTHING && this.isBlank(head, offset)) this.leaveHole(offset);
    else this.seal(offset, condemned ? DAMAGED : size, witness);
  }

  /**
   * Whether a record that reads as valid was found torn by a start that had not sealed it to the end. A hole behind it says that
   * another start took it for valid. Reads the record's head anew.
   */
  private isCondemned(offset: number, size: number, witness: number): boolean {
    const head = this.#head;
    this.#port.read(this.address(head, witness), WORD);
    if (this.#port.words[0] !== witnessOf(offset)) return false;
    const behind = offset + size;
    const follows = this.look(head, behind);
    const shielded = this.offset > behind || follows > 0;
    this.look(head, offset);
    return !shielded;
  }

  /** Cells that the power left half-way, and that read as erased, become zeros and firm. */
  private leaveHole(offset: number): void {
    const { words } = this.#port;
    for (let i = 0; i < RECORD_HEAD_BYTES / WORD_BYTES; i++) words[i] = 0;
    this.#port.write(this.address(this.#head, offset), FOUR_WORDS);
    this.goOnAt(offset + HOLE_BYTES);
  }

  private goOnAt(offset: number): void {
    this.#at = offset;
  }

  /** Length of the record at `offset` of the newest sector, whatever else is wrong with it. */
  private lengthAt(offset: number): number {
    this.readHead(this.address(this.#head, offset));
    return this.length;
  }

  /** Nothing is written behind a torn record: its cells may read differently later. A seal is made firm. */
  private seal(offset: number, found: number, witness: number): void {
    if (found !== SEALED) this.torn++;
    this.nameTorn(offset, witness);
    this.#port.words[0] = SEAL_WORD;
    this.#port.write(this.address(this.#head, offset), WORD);
  }

  /** Before it is sealed. What the witness says already stays: it may have been begun for the record in front of this place. */
  private nameTorn(offset: number, witness: number): void {
    const port = this.#port;
    const address = this.address(this.#head, witness);
    port.read(address, WORD);
    port.words[0] &= witnessOf(offset);
    port.write(address, WORD);
  }

  /** Programs what is there once more. */
  private refresh(offset: number, size: number): void {
    let address = this.address(this.#head, offset);
    const end = address + size;
    while (address < end) {
      const step = stepOf(address, end - address);
      this.#port.read(address, step);
      this.#port.write(address, step);
      address += PAGE_BYTES >> step;
    }
  }

  /** Whether a sector was erased, to its end, and not written since. */
  private isClean(epoch: number): boolean {
    const { words } = this.#port;
    const mark = this.address(epoch, HEADER_BYTES);
    this.#port.read(mark, WORD);
    if (words[0] !== CLEAN || !this.isBlank(epoch, FIRST_WITNESS)) return false;
    this.#port.read(this.address(epoch, 0), EIGHT_WORDS);
    for (let i = 0; i < HEADER_BYTES / WORD_BYTES; i++) if (words[i] !== BLANK_WORD) return false;
    words[0] = CLEAN;
    this.#port.write(mark, WORD);
    return true;
  }

  private isBlank(epoch: number, offset: number): boolean {
    const { words } = this.#port;
    let address = this.address(epoch, offset);
    const end = this.address(epoch, 0) + this.#port.sectorBytes;
    while (address < end) {
      const step = stepOf(address, end - address);
      const count = PAGE_BYTES >> step;
      this.#port.read(address, step);
      for (let i = 0; i < count / WORD_BYTES; i++) if (words[i] !== BLANK_WORD) return false;
      address += count;
    }
    return true;
  }
}

/**
 * What a witness says of a torn record at `offset`: as many zeros for each place, so that a word which is not written to its end
 * never names another.
 */
function witnessOf(offset: number): number {
  return offset | (~offset << 16);
}

// hot path
/** Bytes that a record with a payload of that length takes. */
export function sizeOf(length: number): number {
  return RECORD_OVERHEAD_BYTES + ((length + WORD_BYTES - 1) & ~(WORD_BYTES - 1));
}
