/** SenML whose values are as exact as their channels' digits say (`uplink/senml/short-writer`). */
import { ShortPackWriter } from "../uplink/senml/short-writer";

export const feature = { ShortPackWriter };
