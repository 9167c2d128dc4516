/** The order of devices in a plan: by name, not by place in the file, so that the same site has the same digest. */
export function inPlanOrder(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
