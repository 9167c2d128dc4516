/** What a gateway shows of itself and no file of its site holds. The platform has it; a site names it. */

/** A user and a password, for a broker. */
export type Credential = { readonly user: string; readonly password?: string };

export interface Secrets {
  /** `undefined` where the platform holds none of that name. */
  credential(name: string): Credential | undefined;
}
