/**
 * Workers: tasks on as many machines as there are, by way of a NATS server with JetStream.
 *
 * `serveTasks` (`tinyloom worker --nats URL`) does tasks on a machine, `connectWorkers` gives them out to
 * all of these. The results are those of one thread, whatever is killed and started again.
 *
 * @example
 * ```ts ignore
 * import { connectWorkers } from "tinyloom/workers";
 * import { searchNetwork, searchSpace } from "tinyloom/search";
 * import { devices } from "tinyloom/plan";
 *
 * await using machines = await connectWorkers({ servers: "nats://127.0.0.1:4222" });
 * const space = searchSpace({ resolution: 96 });
 * const { best } = await searchNetwork(space, devices.stm32f746, { machines });
 * ```
 *
 * @module
 */

export { benchModelsApart, type BenchModelsApartOptions } from "./bench_apart.ts";
export { codeVersion, type CodeVersionOptions } from "./code_version.ts";
export {
  type ConnectedWorkers,
  connectWorkers,
  type ConnectWorkersOptions,
} from "./connect_workers.ts";
export { NatsError, type NatsLogin } from "./login.ts";
export { serveTasks, type ServeTasksOptions } from "./serve_tasks.ts";
export { type TunedNest, tuneNests, type TuneNestsOptions } from "./tune_nests.ts";
