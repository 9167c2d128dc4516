/** What an alarm is about. */
import type { Channel } from "./sampling/channel";

/** A point of a panel, which is no channel. Made for each alarm. */
export class PointSubject {
  readonly device: string;
  readonly name: string;

  constructor(device: string, name: string) {
    this.device = device;
    this.name = name;
  }
}

/** A group of witnesses is about none. */
export type AlarmSubject = Channel | PointSubject;
