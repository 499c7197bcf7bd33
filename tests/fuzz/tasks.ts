// What `tinyloom worker --tasks tests/fuzz/tasks.ts` can do for `deno task fuzz --nats URL`.
import { runTask } from "./run_cases.ts";

export const taskKinds = { fuzz: runTask };
