import { doerOf, type TaskDoer } from "./task_kinds.ts";
import type { WorkTask } from "../tinynas/workers.ts";
import { type AnyArray, unpack, viewOf } from "./wire.ts";

/** What a thread is told. */
export type Order =
  /** Once, at first: modules with kinds of tasks of the user's own. */
  | { readonly modules: readonly string[] }
  | { readonly text: string; readonly arrays: ReadonlyMap<string, Uint8Array> };

/** What it says of an order. */
export type Outcome =
  | { readonly results: readonly unknown[] }
  | { readonly failed: number; readonly error: string };

const MOST_ARRAYS = 64;
const arrays = new Map<string, AnyArray>();
const own: Record<string, TaskDoer> = {};

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage: (message: Outcome) => void;
};
scope.onmessage = async ({ data }) => scope.postMessage(await outcomeOf(data));

async function outcomeOf(order: Order): Promise<Outcome> {
  let failed = 0;
  try {
    if ("modules" in order) {
      for (const module of order.modules) {
        const { taskKinds } = await import(module);
        if (typeof taskKinds !== "object") throw new TypeError(`${module} exports no taskKinds`);
        Object.assign(own, taskKinds);
      }
      return { results: [] };
    }
    const tasks = unpack(order.text, (sha256, kind) => {
      // Tasks that name the same array get the same one, so that what is made of it can be kept.
      const key = `${sha256} ${kind}`;
      const array = arrays.get(key) ?? viewOf(order.arrays.get(sha256)!.slice(), kind);
      arrays.delete(key);
      arrays.set(key, array);
      return array;
    }) as readonly WorkTask[];
    for (const key of [...arrays.keys()].slice(0, -MOST_ARRAYS)) arrays.delete(key);
    const results: unknown[] = [];
    for (; failed < tasks.length; failed++) {
      const doer = await doerOf(tasks[failed].kind, own);
      results.push(await doer(tasks[failed] as never));
    }
    return { results };
  } catch (error) {
    return {
      failed,
      error: error instanceof Error ? `${error.name}: ${error.message}` : `${error}`,
    };
  }
}
