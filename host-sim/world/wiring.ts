/** How an IO class finds the bus that its pins lead to. */
export interface Wiring<Options, Bus> {
  /** Takes the pins that the options name. Throws when one of them serves something else. */
  take(options: Options): Lease<Bus>;
}

export interface Lease<Bus> {
  readonly bus: Bus;
  /** Gives the pins back. Once. */
  release(): void;
}
