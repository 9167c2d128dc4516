/**
 * Light out of an ECMA-419 SPI port whose data line drives the LED: one bit is a chip of OOK or a slot of a VPPM pulse, and a
 * frame is one transaction, which the port shifts out by DMA. A port cannot go on between transactions, so the lamp is dark
 * there: this is for a lamp that only speaks, or one whose light another source gives.
 */
import type { ByteBuffer, SPI, SPIConstructor, SPIOptions } from "../../hal/io";
import { closedError } from "../../hal/io-options";
import type { LightEmitter, LightEmitterOptions, LightFrame } from "../../hal/light";
import { LineChips } from "../vlc/line-chips";

/** What of the emitter's options the port does not decide. */
export type SpiLight = Pick<LightEmitterOptions, "clockHz" | "lineCode" | "zeroBegins" | "maxOctets">;

export class SpiEmitter implements LightEmitter {
  private port: SPI | undefined;
  private readonly light: LineChips;
  /** What the port is given of the chips. Made anew when a frame has another length: beacons all have one. */
  private whole: Uint8Array;

  constructor(SPI: SPIConstructor, port: SPIOptions, light: SpiLight) {
    this.light = new LineChips(light);
    this.whole = this.light.chips;
    this.port = new SPI({ ...port, hz: this.light.hz });
  }

  // hot path
  send(frame: LightFrame): void {
    if (this.port === undefined) throw closedError("SpiEmitter");
    const count = this.light.write(frame);
    const octets = (count + 7) >> 3;
    if (octets !== this.whole.length) this.cut(octets);
    this.port.write(this.whole);
  }

  shine(duty: number, _idle: ByteBuffer, _idleChips: number): void {
    if (this.port === undefined) throw closedError("SpiEmitter");
    this.light.setDuty(duty);
  }

  private cut(octets: number): void {
    this.whole = this.light.chips.subarray(0, octets);
  }

  close(): void {
    this.port?.close();
    this.port = undefined;
  }
}
