import type { DType } from "../nest/dtype.ts";
import type { MemoryLayout } from "./memory_layout.ts";
import type { Node } from "./program.ts";
import type { ModuleParts } from "./wasm/encode_module.ts";
import type { FunctionWriter } from "./wasm/function_writer.ts";

/** Parameters of a kernel's function: which thread of how many, and a limit for warm-up calls. */
export const parameter = { thread: 0, threads: 1, limit: 2 } as const;

/** What the emitter may do beyond plain multiplication and addition. */
export interface EmitOptions {
  /** Fuse multiplication and addition in vectors: one rounding instead of two. */
  readonly fma: boolean;
  /** The memory is shared between threads. */
  readonly shared: boolean;
}

/** What is known at one place of the program. */
export interface Scope {
  /** Address of each pointer. */
  readonly pointers: ReadonlyMap<number, number>;
  /** Elements that remain for each loop, where that is known at run time only. */
  readonly remaining: ReadonlyMap<string, { readonly local: number; readonly step: number }>;
  /** Steps done in each loop, where a padded access asks for them. */
  readonly steps: ReadonlyMap<string, number>;
  readonly values: Map<number, number>;
  readonly registers: ReadonlyMap<number, number>;
  /** Directly inside a block of several vector registers. */
  readonly accumulating: boolean;
  /** Pointers to which offsets are added before an access, not within it. */
  readonly added: ReadonlySet<number>;
}

/** A function that is being written, and what all functions of its module share. */
export interface Emit {
  readonly dtypes: ReadonlyMap<string, DType>;
  readonly layout: MemoryLayout;
  readonly options: EmitOptions;
  /** Register blocks that are functions of their own, in the order of their indices. */
  readonly blocks: ModuleParts["functions"][number][];
  readonly writer: FunctionWriter;
  /** The parameter, or the local, that holds this thread's number. */
  readonly thread: number;
  /** Writes nodes one after the other. */
  readonly nodes: (emit: Emit, nodes: readonly Node[], scope: Scope) => void;
}
