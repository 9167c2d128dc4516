/** `argand vlc`: visible light at a person's desk. One file for each of its commands. */
import { Command } from "commander";
import { vlcBerCommand } from "./ber";
import { vlcDecodeCommand } from "./decode";
import { vlcEncodeCommand } from "./encode";
import { vlcLinkCommand } from "./link";
import { vlcScopeCommand } from "./scope";

export function vlcCommand(): Command {
  const vlc = new Command("vlc").description(
    "Encode and decode frames of visible light, after IEEE 802.15.7 PHY I, measure how they fare, reckon links, and look at them.",
  );
  for (const command of [vlcEncodeCommand, vlcDecodeCommand, vlcBerCommand, vlcLinkCommand, vlcScopeCommand])
    vlc.addCommand(command().exitOverride());
  return vlc;
}
