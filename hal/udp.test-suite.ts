/** What ECMA-419 section 10 says about `UDP`, for any provider. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes, type Harness, numbers, pattern } from "./harness.test-suite";
import type { UDP, UDPConstructor, UDPOptions } from "./io";

export interface UDPHarness extends Harness {
  readonly UDP: UDPConstructor;
  /** Where a UDP of this provider is reached. */
  readonly address: string;
  /** Two ports that nobody uses. */
  readonly ports: readonly [number, number];
}

export function udpSuite(provider: string, makeHarness: () => UDPHarness | Promise<UDPHarness>): void {
  describe(`UDP of ${provider}`, () => {
    let harness: UDPHarness;
    let opened: UDP[];

    beforeEach(async () => {
      harness = await makeHarness();
      opened = [];
    });

    afterEach(async () => {
      for (const udp of opened) udp.close();
      await harness.dispose?.();
    });

    function open(options: UDPOptions): UDP {
      const udp = new harness.UDP(options);
      opened.push(udp);
      return udp;
    }

    it.each([
      ["no options", undefined, TypeError],
      ["a port that is a string", { port: "80" }, TypeError],
      ["port -1", { port: -1 }, RangeError],
      ["an address that is no string", { address: 1 }, TypeError],
      ["onReadable that is no function", { onReadable: 1 }, TypeError],
    ])("throws for %s", (_what, options, error) => {
      expect(() => new harness.UDP(options as never)).toThrow(error);
    });

    it("has the format buffer only", () => {
      const udp = open(Object.freeze({ colour: "red" }) as UDPOptions);
      expect(udp.format).toBe("buffer");
      expect(() => (udp.format = "number")).toThrow(Error);
    });

    it("carries whole packets with their sender, both ways", async () => {
      const [port, otherPort] = harness.ports;
      let waiting = 0;
      let self: unknown;
      const target = {};
      const a = open({
        port,
        target,
        onReadable(count) {
          self = this;
          waiting = count;
        },
      });
      let answered = 0;
      const b = open({ port: otherPort, onReadable: (count) => void (answered = count) });
      await harness.settle();
      b.write(bytes(1, 2, 3), harness.address, port);
      b.write(pattern(500).subarray(1, 401), harness.address, port);
      await harness.until(() => waiting === 2, "two packets");
      expect(self).toBe(a);
      expect((a as unknown as { target: unknown }).target).toBe(target);
      const first = a.read()!;
      expect(numbers(first)).toEqual([1, 2, 3]);
      expect([first.address, first.port]).toEqual([harness.address, otherPort]);
      const into: Uint8Array & { address?: string; port?: number } = new Uint8Array(600);
      expect(a.read(into)).toBe(400);
      expect([...into.subarray(0, 3)]).toEqual([1, 2, 3]);
      expect([into.address, into.port]).toEqual([harness.address, otherPort]);
      expect(a.read()).toBeUndefined();
      a.write(bytes(9), first.address, first.port);
      await harness.until(() => answered === 1, "an answer");
      expect(numbers(b.read())).toEqual([9]);
    });

    it("throws when the buffer is too small, and keeps the packet", async () => {
      const [port] = harness.ports;
      let waiting = 0;
      const a = open({ port, onReadable: (count) => void (waiting = count) });
      const b = open({});
      await harness.settle();
      b.write(bytes(1, 2, 3), harness.address, port);
      await harness.until(() => waiting === 1, "a packet");
      expect(() => a.read(new Uint8Array(2))).toThrow(Error);
      expect(numbers(a.read())).toEqual([1, 2, 3]);
    });

    it("checks what is written", () => {
      const udp = open({});
      expect(() => udp.write("text" as never, harness.address, 9)).toThrow(TypeError);
      expect(() => udp.write(bytes(1), 1 as never, 9)).toThrow(TypeError);
      expect(() => udp.write(bytes(1), harness.address, 0)).toThrow(RangeError);
      expect(() => udp.write(new Uint8Array(65508), harness.address, 9)).toThrow(RangeError);
    });

    it("drops packets that nobody reads, beyond a limit that it keeps", async () => {
      const [port] = harness.ports;
      let most = 0;
      const a = open({ port, onReadable: (count) => void (most = Math.max(most, count)) });
      const b = open({});
      await harness.settle();
      for (let i = 0; i < 20; i++) {
        for (let k = 0; k < 10; k++) b.write(bytes(i), harness.address, port);
        await harness.settle();
      }
      expect(most).toBe(64);
      let read = 0;
      while (a.read() !== undefined) read++;
      expect(read).toBe(64);
      expect((a as unknown as { dropped: number }).dropped).toBeGreaterThan(0);
    });

    it("calls nothing after close, which may be repeated, and every method but close throws", async () => {
      const [port] = harness.ports;
      let calls = 0;
      const a = open({ port, onReadable: () => void calls++ });
      const b = open({});
      await harness.settle();
      b.write(bytes(1), harness.address, port);
      a.close();
      a.close();
      await harness.settle();
      expect(calls).toBe(0);
      expect(() => a.read()).toThrow(Error);
      expect(() => a.write(bytes(1), harness.address, 9)).toThrow(Error);
    });
  });
}
