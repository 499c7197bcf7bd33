// plan
export type { Buffer, PlacedBuffer } from "./lib/plan/allocate/buffer.ts";
export type { Allocation } from "./lib/plan/allocate/allocation.ts";
export type { AllocateRules } from "./lib/plan/allocate/rules.ts";
export { allocate, type AllocateOptions } from "./lib/plan/allocate/allocate.ts";
export { allocateGreedy, type AllocateGreedyOptions } from "./lib/plan/allocate/allocate_greedy.ts";
export { lowerBound, type LowerBoundOptions } from "./lib/plan/allocate/lower_bound.ts";
export {
  validateAllocation,
  type ValidateAllocationOptions,
} from "./lib/plan/allocate/validate_allocation.ts";
export { readBuffersCsv, writeBuffersCsv } from "./lib/plan/allocate/buffers_csv.ts";
export {
  guillotineInstance,
  type GuillotineOptions,
} from "./lib/plan/allocate/guillotine_instance.ts";
