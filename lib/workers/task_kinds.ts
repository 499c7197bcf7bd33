/** Does a task: gives plain data that depends on nothing but the task. */
export type TaskDoer = (task: never) => unknown;

const ofSearch = async (): Promise<TaskDoer> => (await import("../tinynas/task.ts")).runTask;

/** Every kind of task, and where it is done; loaded when the first one comes. */
const kinds: Readonly<Record<string, () => Promise<TaskDoer>>> = {
  sample: ofSearch,
  judge: ofSearch,
  verify: ofSearch,
  accuracy: async () => (await import("../tinynas/supernet/evaluate.ts")).accuracyOf,
  train: async () => (await import("../tinynas/supernet/find_training.ts")).trainPiece,
  quantize: async () => (await import("../tinynas/supernet/find_training.ts")).quantizePiece,
  arm: async () => (await import("../tinynas/compare/arm_task.ts")).runArmWork,
  tune: async () => (await import("./timing_tasks.ts")).tuneHere,
  gain: async () => (await import("./timing_tasks.ts")).gainHere,
  bench: async () => (await import("./timing_tasks.ts")).benchHere,
};

/**
 * Who does a kind of task.
 *
 * @param own kinds of the caller's, which come first.
 * @throws {TypeError} nobody does.
 */
export async function doerOf(
  kind: string,
  own: Readonly<Record<string, TaskDoer>>,
): Promise<TaskDoer> {
  if (Object.hasOwn(own, kind)) return own[kind];
  if (Object.hasOwn(kinds, kind)) return await kinds[kind]();
  const there = [...Object.keys(kinds), ...Object.keys(own)].join(", ");
  throw new TypeError(`there is no task "${kind}", only ${there}`);
}
