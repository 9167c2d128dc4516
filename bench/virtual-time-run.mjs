// One run of the reference site as a person starts it, `argand sim SITE --virtual --for SECONDS`, in a process of its own:
// `virtual-time-run.mjs SITE SECONDS`. The last line says what processor time the process took, all threads, from its start to its end.
const [, , site, seconds] = process.argv;
process.argv.splice(2, 2, "sim", site, "--virtual", "--for", `${seconds}s`, "--seed", "7", "--json");
process.once("exit", () => {
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${JSON.stringify({ cpuSeconds: (user + system) / 1e6 })}\n`);
});
await import("../host-sim/cli/argand.mjs");
