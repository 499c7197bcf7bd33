import type { MessagePort, Worker } from "node:worker_threads";
import { threadMain } from "./pool_thread.ts";

/**
 * Threads that run kernels together with the calling thread.
 *
 * @category Code generation
 */
export interface ThreadPool {
  /** Number of threads, the calling one included. */
  readonly threads: number;
  /** Gives a module and its shared memory to every thread; returns how to refer to it. */
  readonly load: (module: WebAssembly.Module, memory: WebAssembly.Memory) => number;
  /**
   * Runs `run(thread, threads, limit)` of a loaded module on every other thread during `own`. Where
   * one of them fails, all end, and the pool can be used again.
   *
   * @throws {Error} one of the others failed first.
   */
  readonly run: (kernel: number, limit: number, own: () => void) => void;
  /** Lets every thread forget a loaded module. */
  readonly unload: (kernel: number) => void;
  /** Ends the threads. */
  readonly [Symbol.dispose]: () => void;
}

const word = {
  round: 0,
  running: 1,
  command: 2,
  kernel: 3,
  limit: 4,
  /** The thread that failed first, plus one; 0: none has. */
  failed: 5,
  length: 6,
} as const;
/** Words of a kernel's memory at which its threads meet, as `wasm/emit_barrier.ts` has them. */
const meeting = { arrived: 0, round: 1, abandoned: 2, length: 3 } as const;
const command = { start: 0, load: 1, run: 2, unload: 3, quit: 4 } as const;
// About 50 microseconds of polling before a thread sleeps.
const spins = 20_000;
const startLimitMs = 20_000;

/**
 * Starts threads once, to be used by many kernels. A fork and join takes about a microsecond while
 * the threads are awake. The threads do not keep the process alive.
 *
 * @throws {RangeError} `threads` is not an integer from 1 to 64.
 *
 * @example
 * ```ts
 * import { createPool, execute, matmul, parallel } from "tinyloom";
 *
 * using pool = createPool(2);
 * const nest = parallel(matmul({ m: 4, k: 4, n: 4 }), "i");
 * execute(nest, { A: new Float32Array(16), B: new Float32Array(16) }, { pool });
 * ```
 *
 * @category Code generation
 */
export function createPool(threads: number): ThreadPool {
  if (!Number.isInteger(threads) || threads < 1 || threads > 64) {
    throw new RangeError(`threads must be an integer from 1 to 64, found ${threads}`);
  }
  const control = new Int32Array(new SharedArrayBuffer(word.length * 4));
  const others = Array.from({ length: threads - 1 }, (_, index) => (
    startThread(control, { thread: index + 1, threads })
  ));
  const memories = new Map<number, WebAssembly.Memory>();
  let kernels = 0;
  let closed = false;

  function fork(what: number, own: () => void, options: ForkOptions = {}): void {
    if (closed) throw new TypeError("The thread pool is closed; create another");
    forkAndJoin({ control, others }, what, { own, ...options });
  }

  function close(): void {
    closed = true;
    for (const { worker, port } of others) {
      port.close();
      worker.terminate();
    }
  }

  // Threads that are still starting join the first round when they are ready.
  if (others.length > 0) {
    try {
      fork(command.start, () => {}, { limitMs: startLimitMs });
    } catch (error) {
      close();
      throw error;
    }
  }
  return {
    threads,
    load: (module, memory) => {
      const kernel = kernels++;
      // Before the others wait for it: what cannot be sent is refused here.
      for (const { port } of others) port.postMessage({ kernel, module, memory });
      control[word.kernel] = kernel;
      fork(command.load, () => {});
      memories.set(kernel, memory);
      return kernel;
    },
    run: (kernel, limit, own) => {
      control[word.kernel] = kernel;
      control[word.limit] = limit;
      const words = () => new Int32Array(memories.get(kernel)!.buffer, 0, meeting.length);
      try {
        fork(command.run, own, { onFailure: () => abandon(words()) });
      } catch (error) {
        if (!closed) words().fill(0);
        throw error;
      }
    },
    unload: (kernel) => {
      control[word.kernel] = kernel;
      memories.delete(kernel);
      if (!closed) fork(command.unload, () => {});
    },
    [Symbol.dispose]: () => {
      if (closed) return;
      fork(command.quit, () => {});
      close();
    },
  };
}

interface ForkOptions {
  /** What else to do when the calling thread fails. */
  readonly onFailure?: () => void;
  /** How long to wait for the others. */
  readonly limitMs?: number;
}

/**
 * Gives all threads a command, does the calling thread's own part, and waits for the others.
 *
 * @throws {Error} what a thread failed with that failed first.
 */
function forkAndJoin(
  { control, others }: {
    readonly control: Int32Array;
    readonly others: readonly { readonly port: MessagePort }[];
  },
  what: number,
  { own, onFailure, limitMs = Infinity }: ForkOptions & { readonly own: () => void },
): void {
  Atomics.store(control, word.command, what);
  Atomics.store(control, word.running, others.length);
  Atomics.add(control, word.round, 1);
  Atomics.notify(control, word.round);
  let error: unknown;
  try {
    own();
  } catch (thrown) {
    error = thrown;
    Atomics.compareExchange(control, word.failed, 0, 1);
    onFailure?.();
  }
  join(control, limitMs);
  const failed = Atomics.exchange(control, word.failed, 0);
  if (failed === 0) return;
  // Those that failed after it have said something too.
  const said = others.map(({ port }) => receive(port));
  if (failed === 1) throw error;
  throw new Error(`A kernel failed in thread ${failed - 1} of the pool: ${said[failed - 2]}`);
}

/** Ends the wait of threads that meet in a kernel's memory: each of them traps. */
function abandon(words: Int32Array): void {
  Atomics.store(words, meeting.abandoned, 1);
  Atomics.add(words, meeting.round, 1);
  Atomics.notify(words, meeting.round);
}

function receive(port: MessagePort): string {
  const threads = globalThis.process.getBuiltinModule("node:worker_threads");
  return threads.receiveMessageOnPort(port)?.message ?? "it says nothing";
}

function join(control: Int32Array, limitMs: number): void {
  const deadline = performance.now() + limitMs;
  for (let spin = 0;; spin++) {
    const running = Atomics.load(control, word.running);
    if (running === 0) return;
    if (spin <= spins) continue;
    if (performance.now() > deadline) {
      throw new Error(`${running} threads of the pool do not start`);
    }
    Atomics.wait(control, word.running, running, Math.min(limitMs, 1000));
  }
}

function startThread(
  control: Int32Array,
  place: { readonly thread: number; readonly threads: number },
): { readonly worker: Worker; readonly port: MessagePort } {
  // Even a deferred import would cost every program 5 ms, most of which start no thread.
  const threads = globalThis.process?.getBuiltinModule("node:worker_threads");
  if (threads === undefined) throw new Error("More than one thread needs Deno or Node");
  const { port1, port2 } = new threads.MessageChannel();
  const worker = new threads.Worker(`(${threadMain})()`, {
    eval: true,
    workerData: { control, port: port2, word, command, meeting, spins, ...place },
    transferList: [port2],
  });
  worker.unref();
  port1.unref();
  return { worker, port: port1 };
}
