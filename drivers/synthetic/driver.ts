/**
 * Channels that are computed from others: difference, sum, product, dew point. Not a part, but it stands in the plan like one,
 * so that a computed value has filters, alarms, a quality and a trace as a measured one has.
 *
 * At each tick it takes the last good value of each source. A value is as good as the worst of its sources. No states: a tick
 * reads, computes and is done.
 */
import { type ChannelSource, type DeviceInstance, type DriverContext, type DriverModule, Quality } from "../contract";
import type { DevicePlan } from "../plan";
import { dewPointCel } from "./dew-point";

const GOOD = Quality.good;

/** What the compiled page says about one value. */
export type FormulaPlan = {
  readonly kind: "difference" | "sum" | "product" | "dew-point";
  /** `<device>/<channel>`, in the order that the formula wants. */
  readonly of: readonly string[];
};

abstract class Formula {
  protected readonly sources: readonly ChannelSource[];

  constructor(sources: readonly ChannelSource[]) {
    this.sources = sources;
  }

  /** `NaN` where the sources have no such value. */
  abstract compute(): number;

  // hot path
  /** The worst of the sources' qualities: their codes ascend from good to never read. */
  quality(): Quality {
    const { sources } = this;
    let worst: Quality = GOOD;
    for (let i = 0; i < sources.length; i++) if (sources[i].quality > worst) worst = sources[i].quality;
    return worst;
  }
}

class Difference extends Formula {
  // hot path
  compute(): number {
    return this.sources[0].value - this.sources[1].value;
  }
}

class Sum extends Formula {
  // hot path
  compute(): number {
    const { sources } = this;
    let sum = 0;
    for (let i = 0; i < sources.length; i++) sum += sources[i].value;
    return sum;
  }
}

class Product extends Formula {
  // hot path
  compute(): number {
    const { sources } = this;
    let product = 1;
    for (let i = 0; i < sources.length; i++) product *= sources[i].value;
    return product;
  }
}

class DewPoint extends Formula {
  // hot path
  compute(): number {
    return dewPointCel(this.sources[0].value, this.sources[1].value);
  }
}

const FORMULAS: { readonly [kind in FormulaPlan["kind"]]: new (sources: readonly ChannelSource[]) => Formula } = {
  difference: Difference,
  sum: Sum,
  product: Product,
  "dew-point": DewPoint,
};

class SyntheticInstance implements DeviceInstance {
  readonly #context: DriverContext;
  /** By channel. */
  readonly #formulas: readonly Formula[];

  constructor(plan: DevicePlan, context: DriverContext) {
    this.#context = context;
    const { gateway } = context;
    if (gateway === undefined) throw new Error("computed channels need the gateway around them");
    const formulas = plan.settings["formulas"] as unknown as readonly FormulaPlan[];
    this.#formulas = formulas.map(({ kind, of }) => {
      const sources = of.map((name) => {
        const source = gateway.channel(name);
        if (source === undefined) throw new Error(`there is no channel ${name} to compute from`);
        return source;
      });
      return new FORMULAS[kind](sources);
    });
  }

  // hot path
  start(nowUs: number): number {
    const formulas = this.#formulas;
    const { sink } = this.#context;
    for (let i = 0; i < formulas.length; i++) {
      const quality = formulas[i].quality();
      sink.reading(i, quality === GOOD ? formulas[i].compute() : Number.NaN, quality, nowUs);
    }
    return 0;
  }

  finish(): number {
    return 0;
  }

  close(): void {}
}

export const driver: DriverModule = {
  name: "synthetic",
  version: "1",
  open: (plan, context) => new SyntheticInstance(plan, context),
};
