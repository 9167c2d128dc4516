/**
 * The same work in the manner of the Moddable SDK's examples, as a fair rival: a driver that waits for its part and returns
 * an object for each sample, windows as arrays, a batch as an array of objects, JSON at the end. Written for this comparison;
 * what is native there (checksum, delay, JSON) costs it next to nothing here.
 *
 * Both sides read three SHT3x through the same stand-in for an I2C port, which answers at once. Portable, XS runs it.
 */
import { SHT3x, type SHT3xSample } from "../drivers/sht3x/driver";
import type { I2C, I2CConstructor } from "../hal/io";
import { makeReadings, makeWorkload, READINGS } from "./workload";

const SENSORS = 3;
const TICKS = 20;
/** Samples of one turn: three sensors, two channels each. */
export const TURN = SENSORS * 2 * TICKS;
const ANSWER = Uint8Array.of(0x66, 0x66, 0x93, 0x80, 0x00, 0xa2);

class StandIn {
  read(into: Uint8Array | number): ArrayBuffer | number {
    if (typeof into === "number") return ANSWER.slice().buffer;
    into.set(ANSWER);
    return ANSWER.length;
  }
  write(): void {}
  close(): void {}
}

export function makeOurs(): { turn(): void } {
  const work = makeWorkload();
  const io = StandIn as unknown as I2CConstructor;
  const sensors = Array.from(
    { length: SENSORS },
    () => new SHT3x({ sensor: { io, data: 1, clock: 2, address: 0x44 } }),
  );
  const sample: SHT3xSample = { hygrometer: { humidity: 0 }, thermometer: { temperature: 0 } };
  const { channels } = work;
  return {
    turn() {
      for (let tick = 0; tick < TICKS; tick++) {
        const nowUs = work.advance();
        for (let i = 0; i < SENSORS; i++) {
          const sensor = sensors[i];
          sensor.start();
          sensor.sample(sample);
          channels[2 * i].accept(sample.thermometer.temperature, nowUs);
          channels[2 * i + 1].accept(sample.hygrometer.humidity, nowUs);
        }
      }
      work.encode();
    },
  };
}

type Sample = { readonly hygrometer: { humidity: number }; readonly thermometer: { temperature: number } };

class BlockingSensor {
  readonly #io: I2C;

  constructor(io: I2C) {
    this.#io = io;
  }

  sample(): Sample {
    const io = this.#io;
    io.write(Uint8Array.of(0x24, 0x00));
    delay(16);
    const data = new Uint8Array(io.read(6) as unknown as ArrayBuffer);
    checksum(data.subarray(0, 2));
    checksum(data.subarray(3, 5));
    return {
      hygrometer: { humidity: (100 * ((data[3] << 8) | data[4])) / 65_535 },
      thermometer: { temperature: -45 + (175 * ((data[0] << 8) | data[1])) / 65_535 },
    };
  }
}

/** Native on a device. */
function delay(_ms: number): void {}
function checksum(_bytes: Uint8Array): void {}

type Entry = { readonly n: string; readonly u: string; readonly v: number; readonly t: number };

function makePipeline(n: string, u: string, batch: Entry[], onAlarm: (active: boolean) => void) {
  const window: number[] = [];
  let average: number | undefined;
  let active = false;
  return (value: number, t: number) => {
    window.push(value * 1.002 - 0.35);
    if (window.length > 5) window.shift();
    const median = [...window].sort((a, b) => a - b)[(window.length - 1) >> 1];
    average = average === undefined ? median : average + (median - average) * 0.2;
    if (!active && average > 57) {
      active = true;
      onAlarm(true);
    } else if (active && average < 55) {
      active = false;
      onAlarm(false);
    }
    batch.push({ n, u, v: average, t });
  };
}

/** The same without reading the parts: values come from the list that our own path takes them from. */
export function makeTheirPath(): { turn(): void } {
  const batch: Entry[] = [];
  const pipelines = Array.from({ length: 2 * SENSORS }, (_, i) =>
    makePipeline(`hall-climate/temperature-${i}`, "Cel", batch, () => {}),
  );
  const readings = makeReadings();
  let next = 0;
  let nowS = 1_767_225_600;
  return {
    turn() {
      for (let tick = 0; tick < TICKS; tick++) {
        nowS++;
        for (let i = 0; i < pipelines.length; i++) {
          const value = readings[next];
          next = (next + 1) & (READINGS - 1);
          pipelines[i](value, nowS);
        }
      }
      JSON.stringify(batch);
      batch.length = 0;
    },
  };
}

export function makeTheirs(): { turn(): void } {
  const sensors = Array.from({ length: SENSORS }, () => new BlockingSensor(new StandIn() as unknown as I2C));
  const batch: Entry[] = [];
  const pipelines = sensors.flatMap((_, i) => [
    makePipeline(`hall-climate-${i}/temperature`, "Cel", batch, () => {}),
    makePipeline(`hall-climate-${i}/humidity`, "%RH", batch, () => {}),
  ]);
  let nowS = 1_767_225_600;
  return {
    turn() {
      for (let tick = 0; tick < TICKS; tick++) {
        nowS++;
        sensors.forEach((sensor, i) => {
          const { hygrometer, thermometer } = sensor.sample();
          pipelines[2 * i](thermometer.temperature, nowS);
          pipelines[2 * i + 1](hygrometer.humidity, nowS);
        });
      }
      JSON.stringify(batch);
      batch.length = 0;
    },
  };
}
