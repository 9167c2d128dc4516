/** A site that is small enough for every board: one sensor, one luminaire, little to keep while the broker is away. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SMALL_SITE = `
gateway:
  id: gw-small
  site: small
  board: esp32
  trace: { manufacturer: Example Works, model: GW-1, serial: "1" }
buses:
  i2c0:  { kind: i2c, data: 21, clock: 22, hz: 400000 }
  light: { kind: spi, port: 2, clock: 12, out: 11, hz: 200000 }
devices:
  climate:
    driver: sht3x
    bus: i2c0
    address: 0x44
    every: 1 s
    channels: { temperature: { filters: [ { median: 5 } ] } }
    trace: { manufacturer: Example Sensors, model: SHT31-X, serial: S-1 }
  lamp:
    driver: vlc-transmitter
    bus: light
    beacon: { id: 3 }
    every: 2 s
    trace: { manufacturer: Example Lighting, model: VL-36, serial: L-1 }
uplink:
  mqtt: { url: "mqtt://192.0.2.1:1883" }
  batch: { every: 5 s, max: 16 }
  store: { alarms: 4 KiB, telemetry: 8 KiB }
`;

export type SmallSite = { readonly path: string; remove(): void };

/** @param change replaces text of the site */
export function writeSmallSite(change: (text: string) => string = (text) => text): SmallSite {
  const folder = mkdtempSync(join(tmpdir(), "argand-small-site-"));
  const path = join(folder, "small.yaml");
  writeFileSync(path, change(SMALL_SITE));
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
