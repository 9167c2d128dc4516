/**
 * The modules that ECMA-419 drivers of the Moddable SDK import by bare names, in a world: its time is the kernel's.
 *
 * `Timer.delay` keeps a device's processor busy. Here virtual time passes, and what is due in the world meanwhile happens.
 */
import { type Kernel, WorldEvent } from "../world/kernel";
import { CRC8, CRC16 } from "./crc";

const US_PER_MS = 1000;
/** What `import` of a bare name gives: `default` and named exports. */
export type DeviceModules = { readonly [name: string]: { readonly [name: string]: unknown } };

export function deviceModules(kernel: Kernel): DeviceModules {
  const Timer = timerClass(kernel);
  const Time = timeObject(kernel);
  return {
    timer: { default: Timer },
    time: { default: Time },
    crc: { default: CRC8, CRC8, CRC16 },
  };
}

export interface DeviceTimer {
  readonly event: WorldEvent;
  /** 0: once. */
  repeatMs: number;
}
type Callback = (timer: DeviceTimer) => void;

function timerClass(kernel: Kernel) {
  const make = (callback: Callback): DeviceTimer => {
    if (typeof callback !== "function") throw new TypeError("Timer: callback must be a function");
    const timer: DeviceTimer = {
      repeatMs: 0,
      event: new WorldEvent(() => {
        // Scheduled before the callback, which may clear it.
        if (timer.repeatMs > 0) kernel.schedule(timer.event, kernel.nowUs() + timer.repeatMs * US_PER_MS);
        callback(timer);
      }),
    };
    return timer;
  };
  return class Timer {
    /** Calls back once after `ms`, and every `repeatMs` from then on where that is given. */
    static set(callback: Callback, ms = 0, repeatMs = 0): DeviceTimer {
      const timer = make(callback);
      Timer.schedule(timer, ms, repeatMs);
      return timer;
    }

    static repeat(callback: Callback, ms: number): DeviceTimer {
      return Timer.set(callback, ms, ms);
    }

    /** Without times the timer waits until it is scheduled again. */
    static schedule(timer: DeviceTimer, ms?: number, repeatMs = 0): void {
      timer.repeatMs = repeatMs;
      if (ms === undefined) kernel.cancel(timer.event);
      else kernel.schedule(timer.event, kernel.nowUs() + ms * US_PER_MS);
    }

    static clear(timer: DeviceTimer | undefined | null): void {
      if (timer !== undefined && timer !== null) Timer.schedule(timer);
    }

    static delay(ms: number): void {
      kernel.runUntil(kernel.nowUs() + Math.ceil(ms * US_PER_MS));
    }
  };
}

function timeObject(kernel: Kernel) {
  const ticks = () => Math.floor(kernel.nowUs() / US_PER_MS);
  return {
    get ticks(): number {
      return ticks();
    },
    get microseconds(): number {
      return kernel.nowUs();
    },
    delta: (startMs: number, endMs: number = ticks()): number => endMs - startMs,
  };
}
