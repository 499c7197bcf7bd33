// A worker that is ended when a case takes too long or too much memory.
import process from "node:process";
import type { Message, Order } from "./fuzz_worker.ts";

/** A case that went wrong. */
export interface Failure {
  readonly index: number;
  readonly error: string;
}

/** A case that came to an end. */
export type Ended = Extract<Message, { readonly kind: "ended" }>;

/** Tries cases in a worker, one order after the other. */
export interface Watch extends Disposable {
  /**
   * Does an order, or as much of it as comes before a case hangs; gives the number of the case to go
   * on with.
   */
  readonly run: (
    order: Exclude<Order, "end">,
    hear: {
      readonly mostMs: number;
      readonly ended: (ended: Ended) => void;
      readonly failed: (failure: Failure) => void;
    },
  ) => Promise<number>;
}

/**
 * A case hangs when so much has been computed since it began; or, if it waits for what does not come, after
 * so many times as long. On a busy machine all of them would hang by the clock.
 */
const MOST_WAIT = 40;
const LEAST_LOOK_MS = 20;
const MOST_GROWTH = 2 ** 29;
/** A new worker is not needed before the last has tried so many: memory is not given back at once. */
const LEAST_CASES = 100;

/** A watch over workers, which start when they are needed; from so many bytes on a new one goes on. */
export function watch({ mostRss = 2 ** 30 } = {}): Watch {
  let worker: Worker | null = null;
  let tried = 0;
  const stop = () => {
    worker?.terminate();
    worker = null;
    tried = 0;
  };
  return {
    run: async (order, { mostMs, ended, failed }) => {
      const own = worker ??= await started();
      const { promise, resolve } = Promise.withResolvers<number>();
      let timer: ReturnType<typeof setTimeout> | undefined;
      let current = "from" in order ? order.from : 0;
      const fail = (error: string) => failed({ index: current, error });
      const end = (next: number) => {
        clearTimeout(timer);
        // What it has said already is not to be heard any more.
        own.onmessage = null;
        stop();
        resolve(next);
      };
      // Between two cases a worker can end its own threads, which live on otherwise.
      const retire = (next: number) => {
        clearTimeout(timer);
        timer = setTimeout(() => end(next), MOST_WAIT * mostMs);
        own.onmessage = ({ data }: MessageEvent<Message>) => {
          if (data.kind === "ends") end(next);
        };
        own.postMessage("end" satisfies Order);
      };
      own.onmessage = ({ data }: MessageEvent<Message>) => {
        if (data.kind === "done") {
          clearTimeout(timer);
          resolve("until" in order ? order.until : 1);
        } else if (data.kind === "begins") {
          current = data.index;
          clearTimeout(timer);
          const [startMs, startCpuMs] = [performance.now(), cpuMs()];
          const look = () => {
            const leftMs = mostMs - (cpuMs() - startCpuMs);
            const isWaited = performance.now() - startMs > MOST_WAIT * mostMs;
            if (leftMs > 0 && !isWaited) {
              timer = setTimeout(look, Math.max(leftMs, LEAST_LOOK_MS));
              return;
            }
            fail(`more than ${mostMs} ms`);
            end(current + 1);
          };
          timer = setTimeout(look, mostMs);
        } else if (data.kind === "failed") failed(data);
        else if (data.kind === "ended") {
          ended(data);
          tried++;
          if (data.grown > MOST_GROWTH) fail(`it took ${data.grown} bytes of memory`);
          if (data.rss > mostRss && tried >= LEAST_CASES) retire(data.index + 1);
        }
      };
      own.onerror = (event) => {
        event.preventDefault();
        fail(event.message);
        end(current + 1);
      };
      own.postMessage(order);
      return await promise;
    },
    [Symbol.dispose]: stop,
  };
}

/** What this process has computed, on all threads. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function started(): Promise<Worker> {
  const worker = new Worker(new URL("./fuzz_worker.ts", import.meta.url), { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = () => resolve(worker);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
  });
}
