/** A wall clock from time servers (`firmware/time`). */
import { timekeeper } from "../time/timekeeper";

export const feature = { timekeeper };
