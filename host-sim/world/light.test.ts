import type { LightTarget } from "../../drivers/emulation";
import { LineChips } from "../../drivers/vlc/line-chips";
import { lightSuite } from "../../hal/light.test-suite";
import { WorldBoard } from "./board";
import { Kernel } from "./kernel";
import { RandomBranch } from "./random";
import { virtualTime } from "./virtual-time.test-suite";

lightSuite("the world", () => {
  const kernel = new Kernel();
  const board = new WorldBoard(kernel, new RandomBranch(1));
  let seen: string[] = [];
  let idle = "";
  const lamp: LightTarget = {
    frame(frame, light, duty) {
      const chips = new LineChips(light);
      if (light.lineCode === "vppm") chips.setDuty(duty);
      const count = chips.write(frame);
      seen.push(Array.from({ length: count }, (_, i) => (chips.chips[i >> 3] >> (7 - (i & 7))) & 1).join(""));
    },
    idle(chips, count) {
      idle = Array.from({ length: count }, (_, i) => (chips[i >> 3] >> (i & 7)) & 1).join("");
    },
  };
  board.light(4).attach(lamp);
  return {
    ...virtualTime(kernel),
    LightEmitter: board.io.LightEmitter!,
    options: { pin: 4 },
    queues: false,
    idle: () => idle,
    frames() {
      const frames = seen;
      seen = [];
      return frames;
    },
  };
});
