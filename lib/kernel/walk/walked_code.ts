import type { KernelCode, Space } from "../kernel.ts";

/** Kernels that are followed without being run. */
export interface WalkedCode {
  /** The kernel that is called first, then those that it calls; imported functions count for nothing. */
  readonly kernels: readonly KernelCode[];
  /** What the first is called with. */
  readonly args: readonly number[];
  /** First byte of each space. */
  readonly spaces: Readonly<Partial<Record<Space, number>>>;
  /** What is known of the memory before the call; null: nothing. */
  readonly memory: KnownMemory | null;
}

/** A memory, and in which spaces it holds what kernels find there. */
export interface KnownMemory {
  readonly bytes: Uint8Array;
  readonly spaces: readonly Space[];
}
