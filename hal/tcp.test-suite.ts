/** What ECMA-419 sections 8 to 10 say about `TCP` and `Listener`, for any provider. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes, type Harness, Inside, numbers, pattern } from "./harness.test-suite";
import type { Listener, ListenerConstructor, TCP, TCPConstructor, TCPOptions } from "./io";

export interface TCPHarness extends Harness {
  readonly TCP: TCPConstructor;
  readonly Listener: ListenerConstructor;
  /** Where a Listener of this provider is reached. */
  readonly address: string;
  /** A port where nobody listens. */
  readonly deadPort: number;
}

type Side = {
  readonly tcp: TCP;
  readonly got: number[];
  readonly readable: number[];
  readonly writable: number[];
  readonly errors: unknown[];
};

export function tcpSuite(provider: string, makeHarness: () => TCPHarness | Promise<TCPHarness>): void {
  describe(`TCP of ${provider}`, () => {
    let harness: TCPHarness;
    let opened: { close(): void }[];

    beforeEach(async () => {
      harness = await makeHarness();
      opened = [];
    });

    afterEach(async () => {
      for (const io of opened.reverse()) io.close();
      await harness.dispose?.();
    });

    function keep<T extends { close(): void }>(io: T): T {
      opened.push(io);
      return io;
    }

    function listen(): Listener {
      return keep(new harness.Listener({ port: 0 }));
    }

    /** A TCP that reads all it gets, unless told to leave it. */
    function side(options: TCPOptions, reads = true): Side {
      const got: number[] = [];
      const readable: number[] = [];
      const writable: number[] = [];
      const errors: unknown[] = [];
      const tcp = new harness.TCP({
        ...options,
        onReadable(count) {
          readable.push(count);
          if (reads) got.push(...(numbers(this.read()) ?? []));
        },
        onWritable: (count) => void writable.push(count),
        onError: (error) => void errors.push(error),
      });
      return { tcp: keep(tcp), got, readable, writable, errors };
    }

    async function accept(listener: Listener): Promise<TCP> {
      let accepted: TCP | undefined;
      await harness.until(() => (accepted ??= listener.read()) !== undefined, "a connection is accepted");
      return keep(accepted!);
    }

    /** Two connected ends. */
    async function pair(reads = { client: true, server: true }): Promise<{ client: Side; server: Side }> {
      const listener = listen();
      const client = side({ address: harness.address, port: listener.port }, reads.client);
      const server = side({ from: await accept(listener) }, reads.server);
      await harness.until(() => client.writable.length > 0 && server.writable.length > 0, "both ends are writable");
      return { client, server };
    }

    describe("constructor", () => {
      const good = { address: "127.0.0.1", port: 9 };

      it.each([
        ["no options", undefined, TypeError],
        ["null", null, TypeError],
        ["no address", { port: 9 }, TypeError],
        ["an address that is no string", { ...good, address: 7 }, TypeError],
        ["no port", { address: "127.0.0.1" }, TypeError],
        ["a port that is a string", { ...good, port: "9" }, TypeError],
        ["port 0", { ...good, port: 0 }, RangeError],
        ["port 65536", { ...good, port: 65536 }, RangeError],
        ["a fractional port", { ...good, port: 9.5 }, RangeError],
        ["noDelay that is no boolean", { ...good, noDelay: 1 }, TypeError],
        ["keepAlive that is no number", { ...good, keepAlive: true }, TypeError],
        ["an unknown format", { ...good, format: "string" }, RangeError],
        ["onReadable that is no function", { ...good, onReadable: 1 }, TypeError],
        ["onWritable that is no function", { ...good, onWritable: {} }, TypeError],
        ["onError that is no function", { ...good, onError: "x" }, TypeError],
        ["from that is no TCP", { from: {} }, TypeError],
      ])("throws for %s", (_what, options, error) => {
        expect(() => new harness.TCP(options as TCPOptions)).toThrow(error);
      });

      it("ignores unknown properties, accepts frozen options and keeps target", () => {
        const target = {};
        const options = Object.freeze({
          address: harness.address,
          port: harness.deadPort,
          target,
          io: 1,
          colour: "red",
        });
        const tcp = keep(new harness.TCP(options));
        expect((tcp as unknown as { target: unknown }).target).toBe(target);
      });
    });

    describe("format", () => {
      it("is buffer unless the options say otherwise", () => {
        const options = { address: harness.address, port: harness.deadPort };
        expect(keep(new harness.TCP(options)).format).toBe("buffer");
        expect(keep(new harness.TCP({ ...options, format: "number" })).format).toBe("number");
      });

      it("throws on an unsupported value and keeps the old one", () => {
        const tcp = keep(new harness.TCP({ address: harness.address, port: harness.deadPort }));
        expect(() => (tcp.format = "string")).toThrow(Error);
        expect(tcp.format).toBe("buffer");
        tcp.format = "number";
        expect(tcp.format).toBe("number");
      });
    });

    describe("connecting", () => {
      it("calls onWritable first, with the instance as `this`, and not from inside the constructor", async () => {
        const listener = listen();
        const calls: string[] = [];
        let self: unknown;
        let constructed = false;
        const tcp = keep(
          new harness.TCP({
            address: harness.address,
            port: listener.port,
            onWritable(count) {
              self = this;
              calls.push(`${constructed ? "writable" : "too early"} ${count > 0}`);
            },
            onReadable: () => void calls.push("readable"),
            onError: () => void calls.push("error"),
          }),
        );
        constructed = true;
        await harness.until(() => calls.length > 0, "connected");
        expect(calls).toEqual(["writable true"]);
        expect(self).toBe(tcp);
        expect(tcp.remotePort).toBe(listener.port);
        expect(tcp.remoteAddress).toBe(harness.address);
      });

      it("throws on write before that, and has nothing to read", async () => {
        const listener = listen();
        const { tcp } = side({ address: harness.address, port: listener.port });
        expect(() => tcp.write(bytes(1))).toThrow(Error);
        expect(tcp.read()).toBeUndefined();
      });

      it("calls onError once, and never onWritable, when nobody listens", async () => {
        const { tcp, errors, writable } = side({ address: harness.address, port: harness.deadPort });
        expect(errors).toHaveLength(0);
        await harness.until(() => errors.length > 0, "refused");
        await harness.settle();
        expect(errors).toHaveLength(1);
        expect(errors[0]).toMatchObject({ code: "refused" });
        expect(writable).toHaveLength(0);
        expect(() => tcp.write(bytes(1))).toThrow(Error);
        tcp.close();
      });
    });

    describe("reading", () => {
      it("returns undefined while nothing is there", async () => {
        const { client } = await pair();
        expect(client.tcp.read()).toBeUndefined();
        expect(client.tcp.read(4)).toBeUndefined();
        expect(client.tcp.read(bytes(0))).toBeUndefined();
        client.tcp.format = "number";
        expect(client.tcp.read()).toBeUndefined();
      });

      it("takes everything, up to a number of bytes, or what fits into a buffer", async () => {
        const { client, server } = await pair({ client: false, server: true });
        server.tcp.write(bytes(1, 2, 3, 4, 5, 6, 7, 8, 9));
        await harness.until(() => client.readable.at(-1) === 9, "nine bytes");
        expect(numbers(client.tcp.read(2))).toEqual([1, 2]);
        const into = new Uint8Array(8);
        expect(client.tcp.read(into.subarray(3, 6))).toBe(3);
        expect([...into]).toEqual([0, 0, 0, 3, 4, 5, 0, 0]);
        expect(client.tcp.read(new DataView(into.buffer, 0, 1))).toBe(1);
        expect(into[0]).toBe(6);
        expect(client.tcp.read(new ArrayBuffer(1))).toBe(1);
        expect(numbers(client.tcp.read())).toEqual([8, 9]);
        expect(client.tcp.read()).toBeUndefined();
      });

      it("returns at most what there is", async () => {
        const { client, server } = await pair({ client: false, server: true });
        server.tcp.write(bytes(1, 2));
        await harness.until(() => client.readable.at(-1) === 2, "two bytes");
        expect(() => client.tcp.read(-1)).toThrow(RangeError);
        expect(() => client.tcp.read("2" as never)).toThrow(TypeError);
        expect(numbers(client.tcp.read(100))).toEqual([1, 2]);
      });

      it("returns single bytes in number format", async () => {
        const { client, server } = await pair({ client: false, server: true });
        server.tcp.format = "number";
        server.tcp.write(0);
        server.tcp.write(255);
        expect(() => server.tcp.write(256)).toThrow(RangeError);
        expect(() => server.tcp.write(bytes(1))).toThrow(TypeError);
        await harness.until(() => client.readable.at(-1) === 2, "two bytes");
        client.tcp.format = "number";
        expect([client.tcp.read(), client.tcp.read(), client.tcp.read()]).toEqual([0, 255, undefined]);
      });

      it("calls onReadable once for an arrival, with the total, and again only for more", async () => {
        const { client, server } = await pair({ client: false, server: true });
        server.tcp.write(bytes(1, 2, 3));
        await harness.until(() => client.readable.at(-1) === 3, "three bytes");
        const calls = client.readable.length;
        await harness.settle();
        expect(client.readable).toHaveLength(calls);
        server.tcp.write(bytes(4));
        await harness.until(() => client.readable.at(-1) === 4, "four bytes in all");
      });
    });

    describe("writing", () => {
      it("returns how much may still be written, and less after a write", async () => {
        const { client } = await pair();
        const free = client.writable.at(-1)!;
        expect(client.tcp.write(bytes(1, 2, 3))).toBeLessThanOrEqual(free);
        expect(client.tcp.write(bytes())).toBeGreaterThanOrEqual(0);
      });

      it("throws when not all bytes fit, and then takes none", async () => {
        const { client, server } = await pair();
        const free = client.writable.at(-1)!;
        expect(() => client.tcp.write(new Uint8Array(free + 1).fill(7))).toThrow(Error);
        client.tcp.write(bytes(1, 2));
        await harness.until(() => server.got.length >= 2, "two bytes");
        await harness.settle();
        expect(server.got).toEqual([1, 2]);
      });

      it("takes views as they are, and copies: the caller may use its buffer again", async () => {
        const { client, server } = await pair();
        const buffer = bytes(9, 1, 2, 9);
        client.tcp.write(buffer.subarray(1, 3));
        client.tcp.write(new DataView(buffer.buffer, 2, 1));
        client.tcp.write(bytes(3).buffer);
        buffer.fill(99);
        await harness.until(() => server.got.length >= 4, "four bytes");
        expect(server.got).toEqual([1, 2, 2, 3]);
        expect(() => client.tcp.write("text" as never)).toThrow(TypeError);
      });

      it("takes the parts of a sequence that is announced with `more`", async () => {
        const { client, server } = await pair();
        client.tcp.write(bytes(1), { more: true, byteLength: 3 });
        client.tcp.write(bytes(2), { more: true });
        client.tcp.write(bytes(3));
        await harness.until(() => server.got.length >= 3, "three bytes");
        expect(server.got).toEqual([1, 2, 3]);
      });

      it("calls onWritable again when the buffer has emptied", async () => {
        const { client } = await pair();
        const calls = client.writable.length;
        const free = client.writable.at(-1)!;
        client.tcp.write(new Uint8Array(free));
        await harness.until(() => client.writable.length > calls && client.writable.at(-1) === free, "room again");
      });

      it("carries a long stream in order through a reader that comes late", async () => {
        const { client, server } = await pair({ client: true, server: false });
        const stream = pattern(400_000);
        const received = new Uint8Array(stream.length);
        let sent = 0;
        let done = 0;
        const pump = (): void => {
          for (let free = client.tcp.write(bytes()); free > 0 && sent < stream.length; ) {
            const part = stream.subarray(sent, sent + Math.min(free, 3000));
            free = client.tcp.write(part);
            sent += part.length;
          }
        };
        pump();
        await harness.settle();
        await harness.until(() => {
          pump();
          // Slowly first, so that its buffer is full while more is on the way.
          const most = done < 20_000 ? 300 : received.length;
          done += server.tcp.read(received.subarray(done, done + most)) ?? 0;
          return done === stream.length;
        }, "the whole stream");
        expect(received).toEqual(stream);
      });
    });

    describe("end of the connection", () => {
      it("delivers what was written before close, then onError once at the peer", async () => {
        const { client, server } = await pair();
        client.tcp.write(pattern(2000));
        client.tcp.close();
        await harness.until(() => server.errors.length > 0, "the end is told");
        expect(server.got).toEqual([...pattern(2000)]);
        await harness.settle();
        expect(server.errors).toHaveLength(1);
        expect(server.errors[0]).toMatchObject({ code: "ended" });
        expect(() => server.tcp.write(bytes(1))).toThrow(Error);
        server.tcp.close();
        server.tcp.close();
      });

      it("calls nothing after close, and every method but close throws", async () => {
        const { client, server } = await pair();
        const calls = client.readable.length + client.writable.length + client.errors.length;
        server.tcp.write(pattern(100));
        client.tcp.close();
        client.tcp.close();
        await harness.settle();
        expect(client.readable.length + client.writable.length + client.errors.length).toBe(calls);
        expect(() => client.tcp.read()).toThrow(Error);
        expect(() => client.tcp.write(bytes(1))).toThrow(Error);
      });

      it("may be closed while it connects", async () => {
        const listener = listen();
        const { tcp, writable, errors } = side({ address: harness.address, port: listener.port });
        tcp.close();
        await harness.settle();
        expect([writable.length, errors.length]).toEqual([0, 0]);
      });

      it("may be closed from inside any of its callbacks", async () => {
        const listener = listen();
        let writables = 0;
        const tcp = keep(
          new harness.TCP({
            address: harness.address,
            port: listener.port,
            onWritable() {
              writables++;
              this.close();
            },
          }),
        );
        const server = side({ from: await accept(listener) });
        await harness.until(() => server.errors.length > 0, "the peer sees the end");
        expect(writables).toBe(1);
        expect(() => tcp.read()).toThrow(Error);
      });
    });

    it("never calls back from inside a method of the same instance", async () => {
      const listener = listen();
      const inside = new Inside();
      let total = 0;
      let ready = false;
      const tcp = inside.run(() =>
        keep(
          new harness.TCP({
            address: harness.address,
            port: listener.port,
            onWritable() {
              ready = true;
              inside.check();
            },
            onReadable() {
              inside.check();
              total += (inside.run(() => this.read()) as ArrayBuffer).byteLength;
            },
            onError: () => inside.check(),
          }),
        ),
      );
      const server = side({ from: await accept(listener) });
      await harness.until(() => ready, "connected");
      for (let i = 0; i < 5; i++) {
        inside.run(() => tcp.write(pattern(100)));
        server.tcp.write(pattern(100));
        await harness.settle();
      }
      inside.run(() => tcp.close());
      expect(total).toBe(500);
      expect(inside.violations).toBe(0);
    });

    describe("from", () => {
      it("takes the socket over with its unread bytes, and closes the original", async () => {
        const listener = listen();
        const client = side({ address: harness.address, port: listener.port });
        const original = await accept(listener);
        await harness.until(() => client.writable.length > 0, "connected");
        client.tcp.write(bytes(1, 2, 3));
        await harness.settle();
        const order: string[] = [];
        const target = {};
        const tcp = keep(
          new harness.TCP({
            from: original,
            target,
            address: 7 as never,
            onWritable: () => void order.push("writable"),
            onReadable: (count) => void order.push(`readable ${count}`),
          }),
        );
        expect(order).toEqual([]);
        expect(() => original.read()).toThrow(Error);
        expect(() => new harness.TCP({ from: original })).toThrow(Error);
        await harness.settle();
        expect(order).toEqual(["writable", "readable 3"]);
        expect(numbers(tcp.read())).toEqual([1, 2, 3]);
        expect((tcp as unknown as { target: unknown }).target).toBe(target);
        original.close();
        tcp.write(bytes(4));
        await harness.until(() => client.got.length > 0, "an answer");
      });

      it("tells the new owner of an end that came before it", async () => {
        const listener = listen();
        const client = side({ address: harness.address, port: listener.port });
        const original = await accept(listener);
        await harness.until(() => client.writable.length > 0, "connected");
        client.tcp.write(bytes(1, 2, 3));
        client.tcp.close();
        await harness.settle();
        const server = side({ from: original });
        await harness.until(() => server.errors.length > 0, "the end is told");
        expect(server.got).toEqual([1, 2, 3]);
        expect(server.errors).toHaveLength(1);
      });
    });
  });

  describe(`Listener of ${provider}`, () => {
    it.each([
      ["no options", undefined, TypeError],
      ["a port that is a string", { port: "80" }, TypeError],
      ["port 65536", { port: 65536 }, RangeError],
      ["an address that is no string", { address: 1 }, TypeError],
      ["onReadable that is no function", { onReadable: 1 }, TypeError],
    ])("throws for %s", async (_what, options, error) => {
      const harness = await makeHarness();
      expect(() => new harness.Listener(options as never)).toThrow(error);
      await harness.dispose?.();
    });

    it("hands out connections in order and tells how many wait", async () => {
      const harness = await makeHarness();
      const requests: number[] = [];
      let self: unknown;
      const listener = new harness.Listener(
        Object.freeze({
          onReadable(this: Listener, count: number) {
            self = this;
            requests.push(count);
          },
        }),
      );
      expect(listener.port).toBeGreaterThan(0);
      expect(listener.format).toBe("socket/tcp");
      expect(() => (listener.format = "buffer")).toThrow(Error);
      expect(listener.read()).toBeUndefined();
      expect(() => (listener as unknown as { write(): void }).write()).toThrow(Error);
      const clients = [1, 2].map(() => new harness.TCP({ address: harness.address, port: listener.port }));
      await harness.until(() => requests.at(-1) === 2, "two connections");
      expect(self).toBe(listener);
      const first = listener.read()!;
      expect(first.remotePort).toBeGreaterThan(0);
      expect(listener.read()).toBeDefined();
      expect(listener.read()).toBeUndefined();
      for (const io of [...clients, first, listener]) io.close();
      listener.close();
      expect(() => listener.read()).toThrow(Error);
      await harness.dispose?.();
    });

    it("throws when the port is in use, and can have it after the other closed", async () => {
      const harness = await makeHarness();
      const first = new harness.Listener({ port: 0 });
      const { port } = first;
      expect(() => new harness.Listener({ port })).toThrow(expect.objectContaining({ code: "in-use" }));
      first.close();
      await harness.settle();
      const second = new harness.Listener({ port });
      expect(second.port).toBe(port);
      second.close();
      await harness.dispose?.();
    });
  });
}
