/**
 * Native code: the nests and steps that run as WebAssembly, compiled by the machine's own C compiler
 * and loaded into the process. Nothing here is needed by anything else.
 *
 * @example
 * ```ts
 * import { matmul, toC } from "tinyloom/lab";
 * import { findCompiler } from "tinyloom/native";
 *
 * toC(matmul({ m: 8, k: 8, n: 8 })); // what is compiled
 * findCompiler; // what it is compiled for
 * ```
 *
 * @module
 */
export {
  type Backend,
  backendNames,
  type ModelBackend,
  modelBackendNames,
  type NativeBackend,
} from "./backends.ts";
export {
  type BackendRow,
  benchBackends,
  type BenchBackendsOptions,
  briefBackendColumns,
  type ScheduleFor,
} from "./bench_backends.ts";
export {
  benchModelBackends,
  type BenchModelBackendsOptions,
  type ModelBackendRow,
} from "./bench_model_backends.ts";
export {
  createNativeEngine,
  type NativeEngine,
  type NativeEngineOptions,
} from "./create_native_engine.ts";
export type { HardwareCounts } from "./hardware_counters.ts";
export {
  compileNative,
  type NativeKernel,
  type NativeMemory,
  type NativeOptions,
} from "./compile_native.ts";
export { CompilerError, findCompiler, type NativeTarget } from "./native_target.ts";
