/** `argand vlc link`: what is left of a lamp's light at a receiver, and whether frames come through. */
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { MCS_TABLE } from "../../../drivers/vlc/mcs";
import { formatDiagnostics } from "../../../manifests/diagnostic";
import { type LinkPages, type LinkSetup, readLink } from "../../../manifests/link-file";
import { wrongInput } from "../exit";
import { printJson, useColour } from "../terminal";
import { RECEIVER_LOSS_DB, requiredDb } from "./link-rate";
import { type LinkReport, linkReport } from "./link-report";
import { integer } from "./options";
import { COLOURS, Drawing } from "./svg";

type Options = {
  readonly mcs?: string;
  readonly octets?: string;
  readonly distance?: string;
  readonly lampAt?: string;
  readonly lampFaces?: string;
  readonly at?: string;
  readonly faces?: string;
  readonly power?: string;
  readonly halfAngle?: string;
  readonly lumens?: string;
  readonly level?: string;
  readonly ambient?: string;
  readonly area?: string;
  readonly fov?: string;
  readonly to?: string;
  readonly step: string;
  readonly svg?: string;
  readonly json?: boolean;
};

const MOST_ROWS = 1000;
const WORST_DB = -30;
const BEST_DB = 50;

export function vlcLinkCommand(): Command {
  return new Command("link")
    .description(
      "Budget of a link from a lamp to a photodiode: gain, currents, each noise, Ec/N0, expected frame errors.",
    )
    .argument("[file]", "YAML or JSON: lamp, receiver, mcs, octets, in the words of a scenario; options go before it")
    .option("--mcs <n>", "modulation and coding scheme, 0 to 8; 4 where the file does not say")
    .option("--octets <n>", "of a PSDU; 64 where the file does not say")
    .option("--distance <m>", "straight below the lamp; 3 m where nothing says")
    .option("--lamp-at <x,y,z>", "where the lamp hangs, in m, z up")
    .option("--lamp-faces <way>", "down, up or x,y,z")
    .option("--at <x,y,z>", "where the receiver is")
    .option("--faces <way>", "up, down or x,y,z")
    .option("--power <W>", "optical power of the lit lamp")
    .option("--half-angle <deg>", "at which the lamp is half as bright")
    .option("--lumens <lm>", "luminous flux of the lit lamp, for the illuminance")
    .option("--level <share>", "of full light, 0.1 to 0.9: the duty of VPPM")
    .option("--ambient <lx>", "other light on the diode")
    .option("--area <mm2>", "of the diode")
    .option("--fov <deg>", "half angle of what the receiver sees")
    .option("--to <m>", "a table over distance as well, up to here, at the same angles")
    .option("--step <m>", "of that table", "1")
    .option("--svg <file>", "draw that table, with what each scheme of the same clock needs")
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      `
Ec is the alternating energy of a chip of OOK (MCS 0 to 4) or of half a pulse of VPPM (MCS 5 to 8, duty 0.5). Frame error rates come
from the expected points of \`argand vlc ber\`; a receiver with a clock of its own may lose ${RECEIVER_LOSS_DB} dB against them. Noise only: other
lamps and lamps on the mains are in the world of \`argand sim\`.

Examples:
  argand vlc link --distance 3 --mcs 8 --ambient 10000
  argand vlc link --lamp-at 2,2,3 --at 3,2.5,0.8 --mcs 4 --lumens 1200
  argand vlc link manifests/examples/links/hall.yaml --to 40 --step 2 --svg link.svg`,
    )
    .action((file: string | undefined, options: Options) => {
      const read = readLink(file, pagesOf(options));
      if (!read.ok) throw wrongInput(told(read.diagnostics));
      const { setup } = read;
      const report = linkReport(setup);
      const rows = tableOf(setup, options);
      if (options.svg !== undefined) writeFileSync(options.svg, drawn(setup, rows));
      if (options.json === true) printJson({ ...report, table: rows });
      else for (const line of [...lines(report, setup), ...tableLines(rows)]) process.stdout.write(`${line}\n`);
    });
}

function told(diagnostics: Parameters<typeof formatDiagnostics>[0]): string {
  const ofOptions = diagnostics.filter(({ file }) => file === "");
  if (ofOptions.length === 0) return formatDiagnostics(diagnostics, { colour: useColour });
  return ofOptions
    .map(({ message, expected }) => `${message}${expected === undefined ? "" : `; expected ${expected}`}`)
    .join("\n");
}

/** What options say, as pages of a file would. */
function pagesOf(options: Options): LinkPages {
  const given = (pairs: { readonly [word: string]: unknown }) =>
    Object.fromEntries(Object.entries(pairs).filter(([, value]) => value !== undefined));
  const { power, lumens, ambient, area, fov } = options;
  return given({
    mcs: options.mcs === undefined ? undefined : within(options.mcs, "--mcs", 0, MCS_TABLE.length - 1),
    octets: options.octets === undefined ? undefined : within(options.octets, "--octets", 3, 1023),
    lamp: given({
      at: vector(options.lampAt, "--lamp-at"),
      faces: direction(options.lampFaces, "--lamp-faces"),
      ...{ power, lumens },
      "half-angle": options.halfAngle,
      level: share(options.level),
    }),
    receiver: given({
      at: vector(options.at, "--at"),
      faces: direction(options.faces, "--faces"),
      distance: options.distance,
      ...(area === undefined && fov === undefined ? {} : { diode: given({ area, fov }) }),
      ...(ambient === undefined ? {} : { ambient: { light: ambient } }),
    }),
  });
}

function tableOf(setup: LinkSetup, options: Options): LinkReport[] {
  const { to = options.svg === undefined ? undefined : "20", step } = options;
  if (to === undefined) return [];
  const [last, by] = [metres(to, "--to"), metres(step, "--step")];
  if (last / by > MOST_ROWS) throw wrongInput(`--to ${to} by --step ${step} are more than ${MOST_ROWS} rows`);
  const rows: LinkReport[] = [];
  for (let i = 1; i * by <= last + 1e-9; i++) rows.push(linkReport(setup, Math.round(i * by * 1e6) / 1e6));
  return rows;
}

function lines(report: LinkReport, { lamp, receiver, level }: LinkSetup): string[] {
  const { noise, ecn0Db, marginDb } = report;
  const share = (density: number) =>
    `${pico(density)} pA/rtHz ${`(${((100 * density) / noise.total).toFixed(1)} %)`.padStart(9)}`;
  const head = [
    `distance            ${report.distanceM.toFixed(3)} m`,
    `angles              ${report.lampAngleDeg.toFixed(1)} deg off the lamp's axis, ${report.receiverAngleDeg.toFixed(1)} deg off the receiver's (field of view ${receiver.fovDeg} deg)`,
    `Lambertian gain     ${report.gain.toExponential(3)}, order ${report.lambertianOrder.toFixed(2)}`,
    `received power      ${engineering(report.receivedW, "W")} of ${lamp.powerW} W while lit`,
    `photocurrent        ${engineering(report.photocurrentA, "A")} lit less dark, ${engineering(report.ambientA, "A")} of ambient light`,
    `noise, shot         ${share(noise.signalShot)} of the lamp, ${share(noise.ambientShot)} of ambient light`,
    `noise, receiver     ${share(noise.thermal)} thermal, ${share(noise.amplifier)} amplifier, ${share(noise.converter)} converter`,
    `noise, all          ${pico(noise.total)} pA/rtHz`,
  ];
  const light =
    report.illuminanceLux === null
      ? []
      : [`illuminance         ${report.illuminanceLux.toFixed(1)} lx at level ${level}`];
  if (ecn0Db === null || marginDb === null)
    return [...head, ...light, "no light reaches the diode: the lamp is out of view, or faces away"];
  const dimmed = report.dimmingDb === 0 ? "" : `, ${report.dimmingDb.toFixed(2)} dB of it lost by duty ${level}`;
  return [
    ...head,
    `Ec/N0               ${ecn0Db.toFixed(2)} dB (SNR of a decision ${report.snrDb!.toFixed(2)} dB)${dimmed}`,
    `Eb/N0               ${report.ebn0Db!.toFixed(2)} dB, MCS ${report.mcs}`,
    `frame error rate    ${rate(report.frameErrorRate)} expected for ${report.octets} octets, ${rate(report.frameErrorRateReceiver)} with a receiver ${RECEIVER_LOSS_DB} dB worse`,
    `margin              ${marginDb.toFixed(2)} dB over ${report.requiredDb.toFixed(2)} dB, where one frame in ten is lost`,
    ...light,
  ];
}

function tableLines(rows: readonly LinkReport[]): string[] {
  if (rows.length === 0) return [];
  const db = (value: number | null) => (value === null ? "-" : value.toFixed(2)).padStart(9);
  return [
    "",
    "distance m  Ec/N0 dB  Eb/N0 dB   expected  a dB less  margin dB      lux",
    ...rows.map(
      (row) =>
        `${row.distanceM.toFixed(2).padStart(10)} ${db(row.ecn0Db)} ${db(row.ebn0Db)} ${rate(row.frameErrorRate).padStart(10)} ` +
        `${rate(row.frameErrorRateReceiver).padStart(10)}  ${db(row.marginDb)} ${(row.illuminanceLux?.toFixed(1) ?? "-").padStart(8)}`,
    ),
  ];
}

function drawn(setup: LinkSetup, rows: readonly LinkReport[]): string {
  const seen = rows.filter(({ ecn0Db }) => ecn0Db !== null);
  const last = rows.at(-1)!.distanceM;
  const every = last <= 20 ? 1 : Math.ceil(last / 20);
  const levels = seen.map(({ ecn0Db, dimmingDb }) => ecn0Db! + dimmingDb);
  const bottom = Math.max(WORST_DB, Math.min(-10, Math.floor(Math.min(...levels) / 5) * 5));
  const top = Math.min(BEST_DB, Math.max(10, Math.ceil(Math.max(...levels) / 5) * 5));
  const drawing = new Drawing(
    `Ec/N0 over distance, ${setup.octets} octets; flat lines: where a scheme loses one frame in ten`,
    {
      from: 0,
      to: last,
      title: "distance, m",
      ticks: Array.from({ length: Math.floor(last / every) + 1 }, (_, i) => ({ at: i * every, text: `${i * every}` })),
    },
    {
      from: bottom,
      to: top,
      title: "Ec/N0, dB",
      ticks: Array.from({ length: (top - bottom) / 5 + 1 }, (_, i) => ({
        at: bottom + 5 * i,
        text: `${bottom + 5 * i}`,
      })),
    },
  );
  drawing.line(
    seen.map((row, i): [number, number] => [row.distanceM, levels[i]]),
    "#000000",
  );
  drawing.legend("this link", "#000000");
  const { clockHz } = MCS_TABLE[setup.mcs];
  for (const [mcs, row] of MCS_TABLE.entries()) {
    if (row.clockHz !== clockHz) continue;
    const needed = requiredDb(mcs, setup.octets);
    const ends: [number, number][] = [
      [0, needed],
      [last, needed],
    ];
    drawing.line(ends, COLOURS[mcs], mcs === setup.mcs ? 1 : 0.5);
    drawing.legend(`MCS ${mcs}`, COLOURS[mcs]);
  }
  return drawing.toString();
}

function rate(value: number): string {
  return value < 1e-6 ? "< 1e-6" : value > 0.9995 ? "1" : value.toPrecision(2);
}

function pico(density: number): string {
  return (Math.sqrt(density) * 1e12).toFixed(3);
}

function engineering(value: number, unit: string): string {
  if (value === 0) return `0 ${unit}`;
  const [factor, prefix] = (
    [
      [1e-3, "m"],
      [1e-6, "µ"],
      [1e-9, "n"],
    ] as const
  ).find(([size]) => value >= size) ?? [1e-12, "p"];
  return `${(value / factor).toPrecision(4)} ${prefix}${unit}`;
}

function vector(text: string | undefined, option: string): readonly number[] | undefined {
  if (text === undefined) return undefined;
  const parts = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (parts.length === 3 && parts.every(Number.isFinite)) return parts;
  throw wrongInput(`${option} is "${text}", expected three numbers such as 2,2,3`);
}

function direction(text: string | undefined, option: string): string | readonly number[] | undefined {
  return text === "up" || text === "down" ? text : vector(text, option);
}

function share(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && value >= 0.1 && value <= 0.9) return value;
  throw wrongInput(`--level is "${text}", expected 0.1 to 0.9`);
}

function metres(text: string, option: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0.01 && value <= 10_000) return value;
  throw wrongInput(`${option} is "${text}", expected 0.01 to 10000 m`);
}

function within(text: string, option: string, least: number, most: number): number {
  const value = integer(text, option);
  if (value < least || value > most) throw wrongInput(`${option} is ${value}, expected ${least} to ${most}`);
  return value;
}
