import { describe, expect, it } from "vitest";
import { analogSuite } from "../../hal/analog.test-suite";
import { digitalSuite } from "../../hal/digital.test-suite";
import { DigitalMode } from "../../hal/io";
import { pulseCountSuite } from "../../hal/pulse-count.test-suite";
import { pwmSuite } from "../../hal/pwm.test-suite";
import { WorldBoard } from "./board";
import { Kernel } from "./kernel";
import { RandomBranch } from "./random";
import { virtualTime } from "./virtual-time.test-suite";

const IN_USE = expect.objectContaining({ code: "in-use" });

function world() {
  const kernel = new Kernel();
  const board = new WorldBoard(kernel, new RandomBranch(1));
  return { kernel, board, Digital: board.io.Digital!, Analog: board.io.Analog!, PulseCount: board.io.PulseCount! };
}

digitalSuite("the world", () => {
  const { kernel, board, Digital } = world();
  const pin = board.digital(4);
  return { ...virtualTime(kernel), Digital, pin: 4, drive: (level) => pin.drive(level), level: () => pin.level };
});

analogSuite("the world", () => {
  const { board, Analog } = world();
  const pin = board.analog(1);
  let share = 0;
  pin.attach({ millivolts: () => share * 3300 }, 3300);
  return {
    Analog,
    pin: 1,
    apply: (value) => {
      share = value;
    },
    fail: () => {
      pin.failed = true;
    },
  };
});

pwmSuite("the world", () => {
  const { board } = world();
  return { PWM: board.io.PWM!, pin: 6, duty: () => board.pwm(6).duty };
});

pulseCountSuite("the world", () => {
  const { kernel, board, PulseCount } = world();
  const wires = board.pulses(4, 5);
  return {
    ...virtualTime(kernel),
    PulseCount,
    options: { signal: 4, control: 5 },
    pulse: (count) => wires.count(count),
  };
});

describe("the world's pins", () => {
  it("have the frequency that was asked for, and give the pin back as it was", () => {
    const { board, Analog } = world();
    const pwm = new board.io.PWM!({ pin: 6, hz: 25_000 });
    expect([pwm.hz, board.pwm(6).hz]).toEqual([25_000, 25_000]);
    expect(() => new Analog({ pin: 6 })).toThrow(IN_USE);
    pwm.close();
    const again = new board.io.PWM!({ pin: 6 });
    expect(again.hz).toBe(1000);
    again.close();
  });

  it("serve one class at a time", () => {
    const { board, Digital, Analog, PulseCount } = world();
    const digital = new Digital({ pin: 4, mode: DigitalMode.Input });
    expect(() => new Analog({ pin: 4 })).toThrow(IN_USE);
    expect(() => new PulseCount({ signal: 3, control: 4 })).toThrow(IN_USE);
    expect(() => new board.io.I2C!({ data: 4, clock: 5, hz: 1, address: 1 })).toThrow(IN_USE);
    digital.close();
    new Analog({ pin: 4 });
  });

  it("let go of everything when the last of several pins is in use", () => {
    const { Digital, PulseCount } = world();
    new Digital({ pin: 5, mode: DigitalMode.Input });
    expect(() => new PulseCount({ signal: 4, control: 5 })).toThrow(IN_USE);
    new Digital({ pin: 4, mode: DigitalMode.Input });
  });

  it("call back once for all changes of one instant, and not at all for a level that is there already", () => {
    const { kernel, board, Digital } = world();
    let calls = 0;
    new Digital({
      pin: 4,
      mode: DigitalMode.InputPullUp,
      edge: Digital.Rising + Digital.Falling,
      onReadable: () => void calls++,
    });
    const pin = board.digital(4);
    pin.drive(1);
    kernel.runUntil(10);
    expect(calls).toBe(0);
    pin.drive(0);
    pin.drive(1);
    pin.drive(0);
    kernel.runUntil(20);
    expect(calls).toBe(1);
  });

  it("read 0 where nothing hangs", () => {
    const { Digital, Analog, PulseCount } = world();
    expect(new Digital({ pin: 1, mode: DigitalMode.Input }).read()).toBe(0);
    expect(new Analog({ pin: 2 }).read()).toBe(0);
    expect(new PulseCount({ signal: 3, control: 4 }).read()).toBe(0);
  });

  it("convert as finely as they are asked to, up to 16 bits", () => {
    const { board, Analog } = world();
    board.analog(1).attach({ millivolts: () => 2450 });
    for (const [asked, largest] of [
      [8, 255],
      [16, 65_535],
      [24, 65_535],
    ]) {
      const analog = new Analog({ pin: 1, resolution: asked });
      expect(analog.read()).toBe(largest);
      analog.close();
    }
  });
});
