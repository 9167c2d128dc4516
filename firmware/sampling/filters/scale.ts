import { checkFinite, type Filter, saturate } from "./filter";

/** `gain * value + offset`: a sensor that is off by a factor or by a constant, or a raw count that becomes a quantity. */
export class ScaleFilter implements Filter {
  private readonly gain: number;
  private readonly offset: number;

  constructor(gain: number, offset: number) {
    checkFinite("scale", "gain", gain);
    checkFinite("scale", "offset", offset);
    this.gain = gain;
    this.offset = offset;
  }

  // hot path
  apply(value: number): number {
    const scaled = value * this.gain + this.offset;
    return scaled - scaled === 0 ? scaled : saturate(scaled);
  }

  reset(): void {}
}
