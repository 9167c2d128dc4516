/**
 * One run of the reference site in V8 in a process of its own, as a person starts it: `virtual-time-run.ts SECONDS`. Prints
 * what processor time the process took, all threads, from its start to its end.
 */
import { runInV8 } from "../host-sim/engine-v8";
import { siteInput } from "./virtual-time-site";

const input = await siteInput(Number(process.argv[2]));
await runInV8({ input, say: () => {}, onProgress: () => {} });
const { user, system } = process.cpuUsage();
process.stdout.write(`${JSON.stringify({ cpuSeconds: (user + system) / 1e6 })}\n`);
