/** A monitoring centre after GB/T 26875.3-2011 beside the broker (`uplink/gb26875`). */
import { openLink } from "../uplink/gb26875/link";

export const feature = { openLink };
