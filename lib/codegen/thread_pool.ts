import type { MessagePort, Worker } from "node:worker_threads";

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
  /** Runs `run(thread, threads, limit)` of a loaded module on every other thread during `own`. */
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
  failed: 5,
  length: 6,
} as const;
const command = { load: 1, run: 2, unload: 3, quit: 4 } as const;
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
  let kernels = 0;
  let closed = false;

  function fork(what: number, own: () => void): void {
    if (closed) throw new TypeError("The thread pool is closed; create another");
    Atomics.store(control, word.command, what);
    Atomics.store(control, word.running, others.length);
    Atomics.add(control, word.round, 1);
    Atomics.notify(control, word.round);
    try {
      own();
    } finally {
      join(control);
    }
    if (Atomics.exchange(control, word.failed, 0) !== 0) {
      throw new Error("A kernel failed in one of the pool's threads");
    }
  }

  // Threads that are still starting join the first round when they are ready.
  if (others.length > 0) fork(0, () => {});
  return {
    threads,
    load: (module, memory) => {
      const kernel = kernels++;
      fork(command.load, () => {
        for (const { port } of others) port.postMessage({ kernel, module, memory });
      });
      return kernel;
    },
    run: (kernel, limit, own) => {
      control[word.kernel] = kernel;
      control[word.limit] = limit;
      fork(command.run, own);
    },
    unload: (kernel) => {
      control[word.kernel] = kernel;
      if (!closed) fork(command.unload, () => {});
    },
    [Symbol.dispose]: () => {
      if (closed) return;
      fork(command.quit, () => {});
      closed = true;
      for (const { worker, port } of others) {
        port.close();
        worker.terminate();
      }
    },
  };
}

function join(control: Int32Array): void {
  const deadline = performance.now() + startLimitMs;
  for (let spin = 0;; spin++) {
    const running = Atomics.load(control, word.running);
    if (running === 0) return;
    if (spin > spins) Atomics.wait(control, word.running, running, startLimitMs);
    if (running < 0 && performance.now() > deadline) throw new Error("A thread does not answer");
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
    workerData: { control, port: port2, word, command, spins, ...place },
    transferList: [port2],
  });
  worker.unref();
  port1.unref();
  return { worker, port: port1 };
}

// Runs in the thread: it is passed on as text, so it can use nothing from outside.
function threadMain(): void {
  // deno-lint-ignore no-explicit-any -- the thread's own `require` has no type here
  const { workerData, receiveMessageOnPort } = (globalThis as any).require
    // deno-lint-ignore no-explicit-any -- as above
    ? (globalThis as any).require("node:worker_threads")
    // deno-lint-ignore no-explicit-any -- as above
    : (globalThis as any).process.getBuiltinModule("node:worker_threads");
  const control: Int32Array = workerData.control;
  const { port, word, command, spins, thread, threads } = workerData;
  const kernels = new Map<number, (thread: number, threads: number, limit: number) => void>();
  let seen = 0;
  for (;;) {
    let spin = 0;
    while (Atomics.load(control, word.round) === seen) {
      if (++spin > spins) Atomics.wait(control, word.round, seen);
    }
    seen = Atomics.load(control, word.round);
    const what = Atomics.load(control, word.command);
    try {
      if (what === command.load) {
        let received;
        while (!(received = receiveMessageOnPort(port)));
        const { kernel, module, memory } = received.message;
        const { exports } = new WebAssembly.Instance(module, { kernel: { memory } });
        kernels.set(kernel, exports.run as (thread: number) => void);
      } else if (what === command.run) {
        kernels.get(control[word.kernel])!(thread, threads, control[word.limit]);
      } else if (what === command.unload) {
        kernels.delete(control[word.kernel]);
      }
    } catch {
      Atomics.store(control, word.failed, 1);
    }
    Atomics.sub(control, word.running, 1);
    Atomics.notify(control, word.running);
    if (what === command.quit) return;
  }
}
