import type { Processor } from "./latency.ts";
import type { MemoryModelName } from "./memory_model.ts";

/** What a network may cost; plain data. */
export interface Budget {
  /** Arena at most. */
  readonly sramBytes: number;
  /** Constants and code at most. */
  readonly flashBytes: number;
  /** How the arena is planned. */
  readonly memory: MemoryModelName;
  /** Multiply-accumulates at most; null for no limit. */
  readonly macs: number | null;
  /** Time at most on a processor, as far as it can be estimated; null for no limit. */
  readonly latency: { readonly mostMs: number; readonly processor: Processor } | null;
}
