/**
 * A thread that answers calls while its caller stands still.
 *
 * ECMA-419 IO is synchronous: `read` returns what was read. A link to an Arduino is not. So the link lives in a thread of its
 * own, and a call waits for its answer, with a limit, as an I2C transfer on a device does.
 */
import {
  MessageChannel,
  type MessagePort,
  workerData as ownData,
  parentPort,
  receiveMessageOnPort,
  Worker,
} from "node:worker_threads";
import { IOError, type IOFault } from "../io-error";

type Question = { readonly id: number; readonly name: string; readonly values: readonly unknown[] };
type Answer = { readonly id: number; readonly value?: unknown; readonly fault?: { code: IOFault; message: string } };
type ThreadData = { readonly module: string; readonly answers: MessagePort; readonly signal: SharedArrayBuffer };

const BOOTSTRAP = new URL("./thread.mjs", import.meta.url);
const STARTUP_MS = 20_000;

export class CallableThread {
  readonly #worker: Worker;
  readonly #answers: MessagePort;
  readonly #signal: Int32Array;
  /** How long a call may take, unless it says so itself. */
  readonly #timeoutMs: number;
  #lastId = 0;
  #ended = false;

  private constructor(worker: Worker, answers: MessagePort, signal: Int32Array, timeoutMs: number) {
    this.#worker = worker;
    this.#answers = answers;
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
    worker.once("exit", () => (this.#ended = true));
    // A thread alone keeps no process alive: whoever uses the pins has timers of its own.
    worker.unref();
  }

  /** @param onEvent what the thread posts of itself, in the caller's event loop */
  static async start(module: URL, timeoutMs: number, onEvent: (event: unknown) => void): Promise<CallableThread> {
    const { port1: answers, port2 } = new MessageChannel();
    const signal = new SharedArrayBuffer(4);
    const data: ThreadData = { module: module.href, answers: port2, signal };
    const worker = new Worker(BOOTSTRAP, { workerData: data, transferList: [port2], execArgv: [], stdout: true });
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new IOError("timeout", "the thread did not start")), STARTUP_MS);
      worker.once("error", (error) => {
        clearTimeout(late);
        reject(error);
      });
      worker.once("message", () => {
        clearTimeout(late);
        resolve();
      });
    });
    worker.removeAllListeners("error");
    worker.on("error", (error) => onEvent({ failed: error }));
    worker.on("message", onEvent);
    return new CallableThread(worker, answers, new Int32Array(signal), timeoutMs);
  }

  /** Waits for the answer. @throws IOError what the thread says, or `timeout` */
  call(name: string, ...values: readonly unknown[]): unknown {
    return this.callWithin(this.#timeoutMs, name, ...values);
  }

  callWithin(timeoutMs: number, name: string, ...values: readonly unknown[]): unknown {
    if (this.#ended) throw new IOError("device", `${name}: the link has ended`);
    const id = ++this.#lastId;
    Atomics.store(this.#signal, 0, 0);
    this.#worker.postMessage({ id, name, values } satisfies Question);
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const answer = this.#take(id);
      if (answer !== undefined) {
        if (answer.fault !== undefined) throw new IOError(answer.fault.code, answer.fault.message);
        return answer.value;
      }
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) throw new IOError("timeout", `${name}: no answer within ${timeoutMs} ms`);
      Atomics.wait(this.#signal, 0, 0, leftMs);
      Atomics.store(this.#signal, 0, 0);
    }
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#answers.close();
    await this.#worker.terminate();
  }

  /** The answer to `id`; late ones to earlier questions are thrown away. */
  #take(id: number): Answer | undefined {
    for (;;) {
      const received = receiveMessageOnPort(this.#answers) as { message: Answer } | undefined;
      if (received === undefined || received.message.id === id) return received?.message;
    }
  }
}

export type Answers = { readonly [name: string]: (...values: never[]) => unknown };

/** For the thread's module: answers calls by `answers`, one at a time. Tell events by the function that is returned. */
export function answerCalls(answers: Answers): (event: unknown) => void {
  const { answers: port, signal } = ownData as ThreadData;
  const flag = new Int32Array(signal);
  let last: Promise<void> = Promise.resolve();
  parentPort!.on("message", (question: Question) => {
    last = last.then(async () => {
      port.postMessage(await answer(question, answers));
      Atomics.store(flag, 0, 1);
      Atomics.notify(flag, 0);
    });
  });
  parentPort!.postMessage("ready");
  return (event) => parentPort!.postMessage(event);
}

async function answer({ id, name, values }: Question, answers: Answers): Promise<Answer> {
  try {
    return { id, value: await answers[name](...(values as never[])) };
  } catch (error) {
    const { code, message } = error as Partial<IOError>;
    return { id, fault: { code: code ?? "device", message: message ?? String(error) } };
  }
}
