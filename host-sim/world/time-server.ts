/** An NTP server of the world, with the faults that real ones have. Answers from the world's true time. */
import type { Plan } from "../../firmware/plan";
import type { UDP, UDPConstructor } from "../../hal/io";
import type { Kernel } from "./kernel";
import type { Network } from "./network";

/** What is wrong with a server; everything else is as a good server of stratum 2 does it. */
export type TimeServerFault = {
  silent?: boolean;
  /** Its clock is wrong by so much. */
  offsetMs?: number;
  stratum?: number;
  /** Kiss code, four letters, with stratum 0. */
  kiss?: string;
  unsynchronised?: boolean;
  /** Answers with another origin timestamp, as somebody does who cannot see the request. */
  blind?: boolean;
  rootDispersionMs?: number;
};

export type TimeServerOptions = {
  readonly UDP: UDPConstructor;
  readonly port: number;
  readonly kernel: Kernel;
  /** True UNIX time at the kernel's beginning. */
  readonly epochMs: number;
};

/** A good server at each address of the plan. */
export function openTimeServers(plan: Plan, network: Network, kernel: Kernel, epochMs: number): TimeServer[] {
  return (plan.time?.servers ?? []).map(
    ({ address, port }) => new TimeServer({ UDP: network.host(address).UDP, port, kernel, epochMs }),
  );
}

const UNIX_EPOCH_S = 2_208_988_800;
const TWO_32 = 4_294_967_296;

export class TimeServer {
  fault: TimeServerFault = {};
  requests = 0;
  readonly #options: TimeServerOptions;
  readonly #socket: UDP;

  constructor(options: TimeServerOptions) {
    this.#options = options;
    const server = this;
    this.#socket = new options.UDP({
      port: options.port,
      onReadable() {
        for (let packet = this.read(); packet !== undefined; packet = this.read()) server.#answer(packet);
      },
    });
  }

  close(): void {
    this.#socket.close();
  }

  #answer(packet: ArrayBuffer & { address: string; port: number }): void {
    this.requests++;
    const { fault } = this;
    const request = new DataView(packet);
    if (fault.silent === true || request.byteLength < 48) return;
    const { kernel, epochMs } = this.#options;
    const bytes = new Uint8Array(48);
    const view = new DataView(bytes.buffer);
    bytes[0] = (fault.unsynchronised === true ? 0xc0 : 0) | (request.getUint8(0) & 0x38) | 4;
    bytes[1] = fault.kiss === undefined ? (fault.stratum ?? 2) : 0;
    // Root delay 10 ms, root dispersion 5 ms unless told otherwise, in 1/65536 s.
    view.setUint32(4, 655);
    view.setUint32(8, Math.floor(((fault.rootDispersionMs ?? 5) * 65_536) / 1000));
    const reference = fault.kiss ?? "GPS ";
    for (let i = 0; i < 4; i++) bytes[12 + i] = reference.charCodeAt(i);
    view.setUint32(24, fault.blind === true ? 1 : request.getUint32(40));
    view.setUint32(28, request.getUint32(44));
    const seconds = UNIX_EPOCH_S + (epochMs + kernel.nowUs() / 1000 + (fault.offsetMs ?? 0)) / 1000;
    for (const at of [32, 40]) {
      view.setUint32(at, Math.floor(seconds) % TWO_32);
      view.setUint32(at + 4, Math.floor((seconds % 1) * TWO_32));
    }
    this.#socket.write(bytes, packet.address, packet.port);
  }
}
