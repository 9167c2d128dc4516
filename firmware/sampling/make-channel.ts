/** The cheapest channel that does what the plan says. */
import type { ChannelPlan } from "../../drivers/plan";
import { type AlarmListener, Channel, type ChannelOptions } from "./channel";
import { ConditionedChannel, conditioningOf } from "./conditioned-channel";
import type { QueueOptions } from "./record-queue";

export function makeChannel(
  plan: ChannelPlan,
  index: number,
  queue: QueueOptions,
  onAlarm: AlarmListener,
  nameOf?: ChannelOptions["nameOf"],
): Channel {
  const options: ChannelOptions = { plan, index, queue, onAlarm, ...(nameOf === undefined ? {} : { nameOf }) };
  const parts = conditioningOf(plan.filters);
  return parts === undefined ? new Channel(options) : new ConditionedChannel(options, parts);
}
