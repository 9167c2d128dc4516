/** Classes of IO that a platform may not have. */

/** @throws Error that names what the platform lacks; `name` is that of the class, as in ECMA-419 */
export function ofPlatform<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new Error(`this platform has no ${name}`);
  return found;
}
