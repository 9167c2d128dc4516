/** The native module as `light-emitter.ts` sees it. It stands here because the SDK's build looks beside the module. */
export default class NativeVlcEmitter {
  constructor(
    pin: number | string,
    clockHz: number,
    vppm: boolean,
    zeroBegins: number,
    invert: boolean,
    maxOctets: number,
  );
  /** 0: taken, 1: a frame is on its way. */
  send(octets: Uint8Array, preambleChips: number, bitsAt: number, bitCount: number): number;
  shine(dutyPermille: number, idle: Uint8Array, idleChips: number): void;
  close(): void;
}
