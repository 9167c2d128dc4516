/** Users and passwords by the names that sites give them, in a file beside no site. */
import { readFileSync, statSync } from "node:fs";
import { parse } from "yaml";
import type { Plan } from "../../firmware/plan";
import type { Credential, Secrets } from "../../hal/secrets";
import { wrongInput } from "./exit";
import { say } from "./terminal";

/** Names the file where `--credentials` does not. */
const VARIABLE = "ARGAND_CREDENTIALS";
const FORM = "a map such as  broker: { user: gw-07, password: secret }";

/** @throws {CommandError} when the site names a credential that the file does not hold */
export function secretsFor(plan: Plan, file = process.env[VARIABLE]): Secrets {
  const name = plan.uplink.credential;
  const known = file === undefined || file === "" ? undefined : readCredentials(file);
  if (name !== undefined && known === undefined)
    throw wrongInput(
      `the site's broker wants the credential "${name}": give a file that holds it by --credentials or ${VARIABLE}`,
    );
  if (name !== undefined && !known!.has(name)) throw wrongInput(`${file} holds no credential "${name}"`);
  return { credential: (wanted) => known?.get(wanted) };
}

function readCredentials(file: string): ReadonlyMap<string, Credential> {
  let page: unknown;
  try {
    page = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw wrongInput(`${file} cannot be read: ${(error as Error).message.split("\n")[0]}`);
  }
  if (page === null || typeof page !== "object" || Array.isArray(page))
    throw wrongInput(`${file} holds no credentials: expected ${FORM}`);
  if (process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0)
    say(`${file} can be read by others: chmod 600 ${file}`);
  return new Map(Object.entries(page).map(([name, entry]) => [name, credentialOf(file, name, entry)]));
}

function credentialOf(file: string, name: string, entry: unknown): Credential {
  const { user, password, ...more } = (entry ?? {}) as { [key: string]: unknown };
  const wellFormed = typeof user === "string" && user !== "" && ["string", "undefined"].includes(typeof password);
  if (!wellFormed || Object.keys(more).length > 0)
    throw wrongInput(`${file}: "${name}" is no credential: expected ${FORM}, both as text`);
  return password === undefined ? { user } : { user, password: password as string };
}
