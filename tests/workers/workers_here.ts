// Workers without a server: tasks are done in this process, but as texts that come and go.
import type { RunTasksOptions, Workers, WorkTask } from "tinyloom";
import { doerOf } from "../../lib/workers/task_kinds.ts";
import { type AnyArray, pack, unpack, viewOf } from "../../lib/workers/wire.ts";

/** Does tasks as a worker does, out of a text and into one; `before` each, which may fail. */
export function workersHere(before: (task: WorkTask) => void = () => {}): Workers {
  return {
    run: async <Result>(
      tasks: readonly WorkTask[],
      { signal, onDone }: RunTasksOptions = {},
    ) => {
      const results: Result[] = [];
      for (const task of tasks) {
        signal?.throwIfAborted();
        before(task);
        const doer = await doerOf(task.kind, {});
        results.push(await carried(await doer(await carried(task) as never)) as Result);
        onDone?.(results.length);
      }
      return results;
    },
  };
}

async function carried(value: unknown): Promise<unknown> {
  const { text, blobs } = await pack(value);
  return unpack(text, (sha256, kind) => viewOf(blobs.get(sha256)!.slice(), kind) as AnyArray);
}
