/** The operations of late, for a centre that asks for them. The oldest makes room; what was pushed to the centre is elsewhere. */
import type { TimeTag } from "./codec";

export const OPERATIONS_KEPT = 8;

type Operation = { readonly operation: number; readonly operator: number; readonly time: TimeTag };

export class OperationLog {
  private readonly records: { readonly type: number; readonly record: Operation }[] = [];
  /** Records that made room. */
  forgotten = 0;

  add(type: number, operation: number, operator: number, time: TimeTag): void {
    if (this.records.length === OPERATIONS_KEPT) {
      this.records.shift();
      this.forgotten++;
    }
    this.records.push({ type, record: { operation, operator, time } });
  }

  /** The oldest first, at most `most` of them, from `since` on. */
  since(type: number, since: TimeTag, most: number): Operation[] {
    return this.records
      .filter((one) => one.type === type && order(one.record.time) >= order(since))
      .slice(0, most)
      .map((one) => one.record);
  }
}

/** Later times have the larger number. */
function order({ year, month, day, hour, minute, second }: TimeTag): number {
  return ((((year * 16 + month) * 32 + day) * 32 + hour) * 64 + minute) * 64 + second;
}
