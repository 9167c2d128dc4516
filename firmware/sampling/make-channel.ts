/** The cheapest channel that does what the plan says. */
import type { ChannelPlan } from "../../drivers/plan";
import { type AlarmListener, Channel } from "./channel";
import { ConditionedChannel, conditioningOf } from "./conditioned-channel";
import type { QueueOptions } from "./record-queue";

export function makeChannel(plan: ChannelPlan, index: number, queue: QueueOptions, onAlarm: AlarmListener): Channel {
  const parts = conditioningOf(plan.filters);
  return parts === undefined
    ? new Channel(plan, index, queue, onAlarm)
    : new ConditionedChannel(plan, index, queue, onAlarm, parts);
}
