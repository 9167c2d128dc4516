/* The native side of light-emitter.ts. `Native` and `native` are the SDK's: the linker puts C functions in their place. */

class VlcEmitter extends Native("xs_vlc_emitter_destructor") {
  constructor(pin, clockHz, vppm, zeroBegins, invert, maxOctets) {
    super();
    native("xs_vlc_emitter_constructor").call(this, pin, clockHz, vppm, zeroBegins, invert, maxOctets);
  }
  /** @returns 0: taken, 1: a frame is on its way */
  send(octets, preambleChips, bitsAt, bitCount) {
    return native("xs_vlc_emitter_send").call(this, octets, preambleChips, bitsAt, bitCount);
  }
  shine(dutyPermille, idle, idleChips) {
    native("xs_vlc_emitter_shine").call(this, dutyPermille, idle, idleChips);
  }
  close() {
    native("xs_vlc_emitter_close").call(this);
  }
}

export default VlcEmitter;
