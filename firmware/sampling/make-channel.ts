/** The cheapest channel that does what the plan says. */
import { Channel, type ChannelOptions } from "./channel";
import { ConditionedChannel, conditioningOf } from "./conditioned-channel";

export function makeChannel(options: ChannelOptions): Channel {
  const parts = conditioningOf(options.plan.filters);
  return parts === undefined ? new Channel(options) : new ConditionedChannel(options, parts);
}
