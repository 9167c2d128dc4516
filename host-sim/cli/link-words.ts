/** One lamp as a receiver has it, in a line for people. */
import type { LinkSummary } from "../world/summary";

export function linkWords(link: LinkSummary): string {
  const { frames, frameErrorRate, sent, skipped } = link;
  const asked = sent - skipped;
  if (frameErrorRate === null) return `${link.lamp} at ${metres(link)}: nothing looked for yet`;
  const snr =
    link.worldDb === null
      ? ""
      : `, Ec/N0 ${link.worldDb.toFixed(1)} dB (the receiver says ${link.receiverDb!.toFixed(1)} dB)`;
  const last = link.lastBeaconSeconds === null ? "no beacon" : `last beacon at ${link.lastBeaconSeconds.toFixed(1)} s`;
  return (
    `${link.lamp} at ${metres(link)}: ${frames} of ${asked} frames, ${percent(frameErrorRate)} lost` +
    `${reasons(link)}${snr}, ${last}`
  );
}

function metres({ distanceM }: LinkSummary): string {
  return `${distanceM.toFixed(2)} m`;
}

function percent(rate: number): string {
  return `${(100 * rate).toFixed(1)} %`;
}

function reasons(link: LinkSummary): string {
  const words = [
    [link.unseen, "without sight"],
    [link.unsynchronised, "unsynchronised"],
    [link.hcsErrors, "header errors"],
    [link.fcsErrors, "checksum errors"],
    [link.refused, "refused"],
    [link.others, "drowned by another lamp"],
  ] as const;
  const said = words.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return said.length === 0 ? "" : ` (${said.join(", ")})`;
}
