export type { Buffer, PlacedBuffer } from "./buffer.ts";
export type { Allocation } from "./allocation.ts";
export type { AllocateRules } from "./rules.ts";
export { allocate, type AllocateOptions } from "./allocate.ts";
export { lowerBound, type LowerBoundOptions } from "./lower_bound.ts";
