/** The sources that put probes around the parts of the gateway, at the classes and contracts that stand between them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { GatewayProgram } from "../xs/bridge/programs";
import { Part } from "./parts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROBE = JSON.stringify(join(ROOT, "host-sim/budget/probe"));
const GATEWAY = JSON.stringify(join(ROOT, "firmware/gateway"));

/** Modules whose class is a part of its own: what it makes in its constructor belongs to it as well. */
const CLASSES = [
  { module: "firmware/batcher", name: "Batcher", part: Part.encoder },
  { module: "firmware/uplink/uplink", name: "Uplink", part: Part.uplink },
] as const;

export function probedProgram(): GatewayProgram {
  const replace: Record<string, string> = {};
  for (const { module, name, part } of CLASSES) {
    const path = join(ROOT, module);
    if (!existsSync(`${path}.ts`)) throw new Error(`${module}.ts is gone: the budget's probes must follow it`);
    replace[path] = probedClass(`./${module.slice(module.lastIndexOf("/") + 1)}`, name, part);
  }
  return {
    firmware: `
      import { Gateway as Plain } from ${GATEWAY};
      import { drivers as plain, features } from "argand:registry";
      import { calibrate, probedDrivers } from ${PROBE};
      export class Gateway extends Plain {
        constructor(options) {
          const before = host.enter(${Part.loop});
          super(options);
          host.leave(before);
        }
      }
      export const drivers = probedDrivers(plain);
      export { calibrate, features };`,
    replace,
  };
}

function probedClass(module: string, name: string, part: number): string {
  return `
    import { ${name} as Plain } from ${JSON.stringify(module)};
    import { probeMethods } from ${PROBE};
    export * from ${JSON.stringify(module)};
    export class ${name} extends Plain {
      constructor(options) {
        const before = host.enter(${part});
        super(options);
        host.leave(before);
      }
    }
    probeMethods(${name}.prototype, Plain.prototype, ${part});`;
}
