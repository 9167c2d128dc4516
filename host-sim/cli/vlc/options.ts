/** What the commands of `argand vlc` share: numbers, octets, profiles, and the form of a stream. */
import type { Tdp } from "../../../drivers/vlc/preamble";
import { PROFILES, profileFor, profileNamed, type VlcProfile } from "../../../drivers/vlc/profile";
import { VlcError } from "../../../drivers/vlc/vlc-error";
import { wrongInput } from "../exit";

export const PROFILE_NAMES: string = Object.keys(PROFILES).join(", ");

/** Line symbols as octets, least significant bit first: the form of the known answers. */
export type Stream = { readonly n: number; readonly packed: Uint8Array };

export function integer(text: string, option: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value)) throw wrongInput(`${option} is "${text}", expected an integer`);
  return value;
}

export function octetsOfHex(text: string, option: string): Uint8Array {
  const hex = text.replace(/[\s_]/g, "");
  if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(hex))
    throw wrongInput(`${option} is "${text}", expected octets as hexadecimal digits, two each`);
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export function hexOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString("hex");
}

export type ProfileOptions = { readonly profile: string; readonly flp?: string; readonly tdp?: string };

/** @param mcs decides the clock */
export function profileOf(options: ProfileOptions, mcs: number): VlcProfile {
  const named = codecSays(() => profileFor(mcs, profileNamed(options.profile)));
  return {
    ...named,
    ...(options.flp === undefined ? {} : { flp: integer(options.flp, "--flp") }),
    ...(options.tdp === undefined ? {} : { tdp: options.tdp as Tdp }),
  };
}

/** What the codec refuses is a mistake in the input. */
export function codecSays<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof VlcError) throw wrongInput(error.message);
    throw error;
  }
}
