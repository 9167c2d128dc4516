import { describe, expect, it } from "vitest";
import { QUIET_AIR } from "../../drivers/emulation";
import { measure, Room } from "./room";

const SECOND = 1_000_000;
const CHEMISTRY = ["co2", "tvoc", "pm1", "pm25", "pm4", "pm10"] as const;
const hall = () => new Room("hall", 21, 45, 60);

describe("the air of a room", () => {
  it("stays as it is while nothing burns", () => {
    const room = hall();
    expect(room.temperatureCel(3600 * SECOND)).toBe(21);
    expect(room.humidityPercent(3600 * SECOND)).toBe(45);
    expect(room.smokeDbPerM(3600 * SECOND)).toBe(0);
  });

  it("fills with smoke, warms and dries when a fire grows", () => {
    const room = hall();
    room.ignite("fast", 10 * SECOND);
    const at = (second: number) => [room.smokeDbPerM(second * SECOND), room.temperatureCel(second * SECOND)];
    const [smoke30, warm30] = at(30);
    const [smoke60, warm60] = at(60);
    expect(smoke30).toBeGreaterThan(0.1);
    expect(smoke60).toBeGreaterThan(smoke30);
    expect(warm60).toBeGreaterThan(warm30);
    expect(room.humidityPercent(60 * SECOND)).toBeLessThan(45);
  });

  it("grows by the square of time: twice the time, some eight times the smoke", () => {
    const room = hall();
    room.ignite("slow", 0);
    const early = room.smokeDbPerM(20 * SECOND);
    expect(room.smokeDbPerM(40 * SECOND) / early).toBeGreaterThan(7);
  });

  it("does not depend on who looks, or how often", () => {
    const often = hall();
    const once = hall();
    often.ignite("medium", 0);
    once.ignite("medium", 0);
    for (let ms = 0; ms <= 90_000; ms += 37) often.temperatureCel(ms * 1000);
    expect(often.temperatureCel(90 * SECOND)).toBe(once.temperatureCel(90 * SECOND));
  });

  it("burns out, cools and clears again", () => {
    const room = hall();
    room.ignite("ultra-fast", 0);
    room.temperatureCel(200 * SECOND);
    expect(room.burning).toBe(false);
    expect(room.temperatureCel(1200 * SECOND)).toBeCloseTo(21, 1);
    expect(room.temperatureCel(24 * 3600 * SECOND)).toBe(21);
  });

  it("has gases and particles of a quiet room, and a fire adds to all of them in step with its smoke", () => {
    const room = hall();
    const look = (us: number) => CHEMISTRY.map((quantity) => measure(room, quantity, us) - QUIET_AIR[quantity]);
    expect(look(SECOND)).toEqual(CHEMISTRY.map(() => 0));
    room.ignite("fast", SECOND);
    const early = look(31 * SECOND);
    const later = look(61 * SECOND);
    const thicker = room.smokeDbPerM(61 * SECOND);
    CHEMISTRY.forEach((_, i) => {
      expect(early[i]).toBeGreaterThan(0);
      expect(later[i]).toBeGreaterThan(early[i]);
    });
    // 1.5 g of carbon dioxide for each gram burnt, and a gram in each m³ makes 1 dB/m.
    expect(later[0] / thicker).toBeCloseTo(818, 0);
    expect(measure(room, "pm25", 61 * SECOND)).toBeGreaterThan(measure(room, "pm1", 61 * SECOND));
    expect(measure(room, "pressure", 61 * SECOND)).toBe(101_325);
  });

  it("can be put out", () => {
    const room = hall();
    room.ignite("fast", 0);
    room.extinguish(20 * SECOND);
    const peak = room.temperatureCel(20 * SECOND);
    expect(room.temperatureCel(120 * SECOND)).toBeLessThan(peak);
  });
});
