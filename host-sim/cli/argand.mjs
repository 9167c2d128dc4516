#!/usr/bin/env node
// The `argand` command. TypeScript is run as it stands, so a fresh clone needs no build step.
import { loadMain } from "./start.mjs";

const main = await loadMain();
process.exitCode = await main(process.argv);
