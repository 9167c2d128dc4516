/** What this firmware calls itself in the device manifest; a test holds it to package.json. */
export const FIRMWARE = "argand@0.1.0";
