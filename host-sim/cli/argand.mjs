#!/usr/bin/env node
// The `argand` command. TypeScript is loaded as it stands (tsx), so a fresh clone needs no build step.
import { register } from "tsx/esm/api";

register();
const { main } = await import("./main.ts");
process.exitCode = await main(process.argv);
