/** What all pages of the site schema are written with: names, durations, sizes, limits. */
import { Type } from "typebox";
import { DURATION_PATTERN, QUANTITY_PATTERN, SIZE_PATTERN } from "../units";

/** Names that become MQTT topic levels and SenML names. */
export const NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$";
export const NAME_RULE = "letters, digits, - and _, beginning with a letter or digit; at most 64";

/** A key that nobody knows is a mistake. */
export const strict = { additionalProperties: false } as const;

// The last sentence of a description says what a text with a pattern looks like: messages quote it.
export const Name = (description: string) =>
  Type.String({ pattern: NAME_PATTERN, description: `${description} Made of ${NAME_RULE}.` });
export const Duration = (description: string) =>
  Type.String({ pattern: DURATION_PATTERN, description: `${description} A duration such as 1 s, 500 ms, 10m or 13h.` });
export const Size = (description: string) =>
  Type.String({ pattern: SIZE_PATTERN, description: `${description} A size such as 256 KiB or 1 MiB.` });
export const Limit = (description: string) =>
  Type.Union([Type.Number(), Type.String({ pattern: QUANTITY_PATTERN })], {
    description: `${description} A number, with the channel's unit behind it if you like: 57 Cel.`,
  });
