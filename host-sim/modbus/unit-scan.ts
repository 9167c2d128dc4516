/** Who is on a bus, and who they say they are: one request after another on a lane. */
import { DeviceIdCode, IdentifyRequest, OBJECT_NAMES } from "../../drivers/modbus/identify-request";
import type { ModbusLane } from "../../drivers/modbus/lane";
import { ReadRequest } from "../../drivers/modbus/read-request";
import { type ModbusRequest, Outcome } from "../../drivers/modbus/request";

export type Identity = { readonly [name: string]: string };
export type FoundUnit = { readonly unit: number; readonly answer: string; readonly identity: Identity };

/** Objects come in several answers; no unit has more than 256 of them. */
const MOST_ANSWERS = 256;

export function ask<T extends ModbusRequest>(lane: ModbusLane, request: T): Promise<T> {
  return new Promise((resolve, reject) => {
    request.whenDone = () => resolve(request);
    if (!lane.submit(request)) reject(new Error("the lane takes no request"));
  });
}

/** Units that answer a read of one register, if with an exception. */
export async function scanUnits(
  lane: ModbusLane,
  units: readonly number[],
  register: number,
  onUnit: (unit: number, found: FoundUnit | undefined) => void,
): Promise<FoundUnit[]> {
  const found: FoundUnit[] = [];
  for (const unit of units) {
    const request = await ask(lane, new ReadRequest({ unit, functionCode: 3, address: register, count: 1 }));
    const answers = request.outcome === Outcome.done || request.outcome === Outcome.exception;
    if (!answers) {
      onUnit(unit, undefined);
      continue;
    }
    const answer = request.outcome === Outcome.done ? `register ${register} is ${request.words[0]}` : request.text;
    const one = { unit, answer, identity: (await identify(lane, unit)) ?? {} };
    found.push(one);
    onUnit(unit, one);
  }
  return found;
}

/** What 43/14 tells: as much as the unit has. `undefined` when it does not answer the function. */
export async function identify(lane: ModbusLane, unit: number): Promise<Identity | undefined> {
  let identity: Identity | undefined;
  for (const code of [DeviceIdCode.basic, DeviceIdCode.regular, DeviceIdCode.extended]) {
    const level = await stream(lane, unit, code);
    if (level === undefined) break;
    identity = { ...identity, ...level };
  }
  return identity;
}

async function stream(lane: ModbusLane, unit: number, code: DeviceIdCode): Promise<Identity | undefined> {
  const identity: { [name: string]: string } = {};
  let object = 0;
  for (let answers = 0; answers < MOST_ANSWERS; answers++) {
    const request = await ask(lane, new IdentifyRequest({ unit, code, object }));
    if (request.outcome !== Outcome.done) return answers === 0 ? undefined : identity;
    for (const { id, value } of request.objects)
      identity[OBJECT_NAMES[id] ?? `object ${id}`] = Buffer.from(value).toString("latin1");
    // One that sends the same again would never end.
    if (request.nextObject <= object) return identity;
    object = request.nextObject;
  }
  return identity;
}
