/** From a plan to its filters. */
import { Linked } from "../../../drivers/linked";
import { NotLinkedError } from "../../../drivers/not-linked";
import type { FilterPlan } from "../../../drivers/plan";
import { AverageFilter } from "./average";
import { CalibrateFilter } from "./calibrate";
import { FilterChain, NoFilter } from "./chain";
import { ClampFilter } from "./clamp";
import { DeadbandFilter } from "./deadband";
import { DebounceFilter } from "./debounce";
import { ExtremeFilter } from "./extreme";
import type { Filter } from "./filter";
import { HampelFilter } from "./hampel";
import { MedianFilter } from "./median";
import { MedianOf3Filter } from "./median-of-3";
import { MedianOf5Filter } from "./median-of-5";
import { QuantileFilter } from "./quantile";
import { RateFilter } from "./rate";
import { ScaleFilter } from "./scale";
import { SmoothFilter, SmoothOverFilter } from "./smooth";
import { ThrottleFilter } from "./throttle";

const US = 1000;
/** It holds nothing, so that one serves all channels. */
const NO_FILTER = new NoFilter();

/** @throws NotLinkedError for a filter that this build left out */
export function makeFilter(plan: FilterPlan): Filter {
  const filter = linkedFilter(plan);
  if (filter === undefined) throw new NotLinkedError(`the filter ${plan.kind}`);
  return filter;
}

/** Not a table of constructors: what a build leaves out must be gone from the text. */
function linkedFilter(plan: FilterPlan): Filter | undefined {
  const { kind } = plan;
  if (Linked.scale && kind === "scale") return new ScaleFilter(plan.gain, plan.offset);
  if (Linked.calibrate && kind === "calibrate") return new CalibrateFilter(plan.points, plan.outside);
  if (Linked.clamp && kind === "clamp")
    return new ClampFilter(plan.min ?? Number.NEGATIVE_INFINITY, plan.max ?? Number.POSITIVE_INFINITY);
  if (Linked.medianOf3 && kind === "median" && plan.window === 3) return new MedianOf3Filter();
  if (Linked.medianOf5 && kind === "median" && plan.window === 5) return new MedianOf5Filter();
  if (Linked.median && kind === "median") return new MedianFilter(plan.window);
  if (Linked.hampel && kind === "hampel") return new HampelFilter(plan.window, plan.sigmas, plan.replace);
  if (Linked.average && kind === "average") return new AverageFilter(plan.window);
  if (Linked.smooth && kind === "smooth" && "factor" in plan) return new SmoothFilter(plan.factor);
  if (Linked.smoothOver && kind === "smooth" && "overMs" in plan) return new SmoothOverFilter(plan.overMs * US);
  if (Linked.extreme && (kind === "max" || kind === "min")) return new ExtremeFilter(plan.window, kind);
  if (Linked.quantile && kind === "quantile") return new QuantileFilter(plan.of, plan.window);
  if (Linked.rate && kind === "rate") return new RateFilter(plan.perMs * US, plan.overMs * US);
  if (Linked.debounce && kind === "debounce") return new DebounceFilter(plan.holdMs * US);
  if (Linked.deadband && kind === "deadband") return new DeadbandFilter(plan.width, plan.percent, heartbeatUs(plan));
  if (Linked.throttle && kind === "throttle") return new ThrottleFilter(plan.everyMs * US);
  return undefined;
}

/** One filter for a channel's whole chain. */
export function makeFilters(plans: readonly FilterPlan[]): Filter {
  const filters = plans.map(makeFilter);
  if (filters.length === 0) return NO_FILTER;
  return filters.length === 1 ? filters[0] : new FilterChain(filters, Math.min(...plans.map(heartbeatUs)));
}

function heartbeatUs(plan: FilterPlan): number {
  return "heartbeatMs" in plan && plan.heartbeatMs !== undefined ? plan.heartbeatMs * US : Number.POSITIVE_INFINITY;
}
