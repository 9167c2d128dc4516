/** Makes a room of light from a scenario's plan: which luminaires are watched, who watches them. */
import type { DevicePlan } from "../../../drivers/plan";
import { Luminaire } from "../../../drivers/vlc-transmitter/emulator";
import type { Kernel } from "../kernel";
import { type RandomBranch, uniform } from "../random";
import type { LampPlan, ReceiverPlan, ScenarioPlan } from "../scenario-plan";
import { Lamp } from "./lamp";
import { DEFAULT_LAMP, DEFAULT_RECEIVER, USUAL_PPM } from "./parts";
import { OpticalReceiver } from "./receiver";
import { RoomOfLight } from "./room-of-light";

export type LampSource = { readonly plan: DevicePlan; readonly emulator: unknown };

/** @param sourceOf the device of a name with its emulator. Throws an `Error` that says which name is no luminaire. */
export function hangLight(
  scenario: Pick<ScenarioPlan, "lamps" | "receivers"> | undefined,
  kernel: Kernel,
  random: RandomBranch,
  sourceOf: (device: string) => LampSource | undefined,
): RoomOfLight {
  const pages = new Map((scenario?.lamps ?? []).map((page) => [page.device, page]));
  const lamps = new Map<string, Lamp>();
  const luminaires = new Map<Lamp, Luminaire>();
  const lampOf = (device: string): Lamp => {
    const known = lamps.get(device);
    if (known !== undefined) return known;
    const source = sourceOf(device);
    if (!(source?.emulator instanceof Luminaire)) throw new Error(`"${device}" is no luminaire: nothing to see`);
    const lamp = makeLamp(source.plan, pages.get(device), random.branch(`lamp/${device}`));
    lamps.set(device, lamp);
    luminaires.set(lamp, source.emulator);
    return lamp;
  };
  const receivers = (scenario?.receivers ?? []).map((plan) => {
    const receiver = makeReceiver(plan, random.branch(`receiver/${plan.name}`));
    for (const device of plan.sees) receiver.watch(lampOf(device), plan.distanceM ?? 0);
    return receiver;
  });
  return new RoomOfLight(kernel, receivers, luminaires);
}

function makeLamp(plan: DevicePlan, page: LampPlan | undefined, random: RandomBranch): Lamp {
  return new Lamp(plan, page?.placement, { ...DEFAULT_LAMP, ppm: crystal(random), ...page?.parts });
}

function makeReceiver(plan: ReceiverPlan, random: RandomBranch): OpticalReceiver {
  return new OpticalReceiver({
    name: plan.name,
    random,
    parts: { ...DEFAULT_RECEIVER, ppm: crystal(random.branch("clock")), ...plan.parts },
    placement: plan.placement,
    everyUs: plan.everyUs ?? 0,
  });
}

/** How far a crystal is off that nobody has measured. */
function crystal(random: RandomBranch): number {
  return (2 * uniform(random) - 1) * USUAL_PPM;
}
