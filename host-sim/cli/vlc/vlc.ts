/** `argand vlc`: visible light at a person's desk. One file for each of its commands. */
import { Command } from "commander";
import { vlcBerCommand } from "./ber";
import { vlcDecodeCommand } from "./decode";
import { vlcEncodeCommand } from "./encode";

export function vlcCommand(): Command {
  const vlc = new Command("vlc").description(
    "Encode and decode frames of visible light, after IEEE 802.15.7 PHY I, and measure how they fare.",
  );
  for (const command of [vlcEncodeCommand, vlcDecodeCommand, vlcBerCommand]) vlc.addCommand(command().exitOverride());
  return vlc;
}
