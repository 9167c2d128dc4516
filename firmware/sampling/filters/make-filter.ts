/** From a plan to its filters. */
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

export function makeFilter(plan: FilterPlan): Filter {
  switch (plan.kind) {
    case "scale":
      return new ScaleFilter(plan.gain, plan.offset);
    case "calibrate":
      return new CalibrateFilter(plan.points, plan.outside);
    case "clamp":
      return new ClampFilter(plan.min ?? Number.NEGATIVE_INFINITY, plan.max ?? Number.POSITIVE_INFINITY);
    case "median":
      if (plan.window === 3) return new MedianOf3Filter();
      return plan.window === 5 ? new MedianOf5Filter() : new MedianFilter(plan.window);
    case "hampel":
      return new HampelFilter(plan.window, plan.sigmas, plan.replace);
    case "average":
      return new AverageFilter(plan.window);
    case "smooth":
      return "factor" in plan ? new SmoothFilter(plan.factor) : new SmoothOverFilter(plan.overMs * US);
    case "max":
    case "min":
      return new ExtremeFilter(plan.window, plan.kind);
    case "quantile":
      return new QuantileFilter(plan.of, plan.window);
    case "rate":
      return new RateFilter(plan.perMs * US, plan.overMs * US);
    case "debounce":
      return new DebounceFilter(plan.holdMs * US);
    case "deadband":
      return new DeadbandFilter(plan.width, plan.percent, heartbeatUs(plan));
    case "throttle":
      return new ThrottleFilter(plan.everyMs * US);
  }
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
