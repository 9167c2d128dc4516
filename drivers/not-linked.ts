/** A plan wants what its firmware was built without (`linked.ts`): it was made for another site. */
export class NotLinkedError extends Error {
  constructor(part: string) {
    super(`this site needs ${part}, which is not linked into this firmware; build it anew for this site`);
  }
}
