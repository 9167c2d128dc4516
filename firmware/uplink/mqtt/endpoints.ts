/** Which broker to try next: those of the site in turn, or the one that a broker pointed to. */

export type Endpoint = { readonly host: string; readonly port: number };

/** A host name, an IPv4 or a bracketed IPv6 address, with or without a port; several, divided by spaces, mean the first. */
export function parseReference(text: string, defaultPort: number): Endpoint | undefined {
  const space = text.indexOf(" ");
  const first = space < 0 ? text : text.slice(0, space);
  const bracket = first.indexOf("]");
  const colon = first.indexOf(":", bracket < 0 ? 0 : bracket);
  const host = colon < 0 ? first : first.slice(0, colon);
  const port = colon < 0 ? defaultPort : Number(first.slice(colon + 1));
  const plain = bracket < 0 ? host : host.slice(1, bracket);
  if (plain === "" || !(port >= 1 && port <= 65_535) || port % 1 !== 0) return undefined;
  return { host: plain, port };
}

export class Endpoints {
  readonly #own: readonly Endpoint[];
  #next = 0;
  /** Shown by a broker: for the next attempt alone, or from now on. */
  #once: Endpoint | undefined;
  #moved: Endpoint | undefined;

  /** @param own at least one; the first is the usual one */
  constructor(own: readonly Endpoint[]) {
    this.#own = own;
  }

  get current(): Endpoint {
    return this.#once ?? this.#moved ?? this.#own[this.#next];
  }

  /** The attempt at `current` failed: the next one goes elsewhere, where there is an elsewhere. */
  failed(): void {
    if (this.#once !== undefined) this.#once = undefined;
    else if (this.#moved !== undefined) this.#moved = undefined;
    else this.#next = (this.#next + 1) % this.#own.length;
  }

  /** A connection stood. */
  worked(): void {
    this.#next = this.#own.indexOf(this.current) < 0 ? this.#next : this.#own.indexOf(this.current);
  }

  /** A connection that stood has ended: what was shown for one connection has served. */
  left(): void {
    this.#once = undefined;
  }

  /**
   * A broker shows another. False when that says nothing, or leads back to where we are.
   * @param forGood it moved (0x9d), and is not asked again while the other works
   */
  redirect(reference: string, forGood: boolean): boolean {
    const { host, port } = this.current;
    const shown = parseReference(reference, port);
    if (shown === undefined || (shown.host === host && shown.port === port)) return false;
    if (forGood) this.#moved = shown;
    this.#once = forGood ? undefined : shown;
    return true;
  }
}
