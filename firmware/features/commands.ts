/** Commands from the broker, of the kinds that the site allows (`commands`). */
import { CommandDesk } from "../commands/command-desk";
import { COMMAND_BYTES } from "../commands/form";

export const feature = { CommandDesk, COMMAND_BYTES };
