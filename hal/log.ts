/** Where portable code reports to people. Never on the hot path. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}
