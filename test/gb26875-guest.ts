/** The codec's exercise inside XS. */
import { exercise } from "../firmware/uplink/gb26875/exercise.test-suite";

declare const host: { print(text: string): void };

exercise((line) => host.print(line));
