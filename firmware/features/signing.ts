/** One COSE_Sign1 around each message (`uplink/cose`). */
import { signingWith } from "../uplink/cose/signing";

export const feature = { signingWith };
