/**
 * Dates what a gateway sent before it knew the time: an anchor names an instant in both clocks, and each boot has its own. Without
 * one the time of arrival is the best that is known, and the record says so.
 */
export type Anchor = { readonly upS: number; readonly utcS: number };

/** `sent`: the gateway dated it. `anchored`: dated by an anchor of its boot. `arrival`: nobody knows better. */
export type TimeSource = "sent" | "anchored" | "arrival";

export class ClockBook {
  readonly #anchors = new Map<number, Anchor[]>();

  add(boot: number, anchor: Anchor): void {
    const anchors = this.#anchors.get(boot) ?? [];
    anchors.push(anchor);
    this.#anchors.set(boot, anchors);
  }

  /** UNIX time of an instant of a boot, by the nearest anchor; `undefined` while there is none. */
  date(boot: number, upS: number): number | undefined {
    let nearest: Anchor | undefined;
    for (const anchor of this.#anchors.get(boot) ?? [])
      if (nearest === undefined || Math.abs(anchor.upS - upS) < Math.abs(nearest.upS - upS)) nearest = anchor;
    return nearest && nearest.utcS + (upS - nearest.upS);
  }
}
