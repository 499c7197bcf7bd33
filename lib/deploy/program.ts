import type { PrintedKernels } from "../codegen/c/print_kernels.ts";
import { initialState } from "../engine/reference/initial_state.ts";
import type { MemoryMap } from "../engine/memory_map.ts";
import type { Model } from "../model/model.ts";
import type { Plan } from "../plan/plan.ts";
import type { EmittedLayer } from "./emit_c.ts";
import type { Port } from "./ports.ts";

/** All that the files of a model are printed from. */
export interface CProgram {
  readonly model: Model;
  readonly plan: Plan;
  /** What functions and variables begin with, and what macros do. */
  readonly prefix: string;
  readonly macro: string;
  /** What runs, with the kernel that does it. */
  readonly layers: readonly (EmittedLayer & { readonly entry: string })[];
  readonly kernels: PrintedKernels;
  readonly memories: Memories;
  readonly ports: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] };
  readonly constants: Uint8Array;
  readonly constantParts: readonly ConstantPart[];
}

/** Weights or a table of a kernel. */
export interface ConstantPart {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** What a model needs beside its constants. */
export interface Memories {
  readonly arenaBytes: number;
  /** Largest alignment of a buffer in the arena. */
  readonly arenaAlignment: number;
  readonly stateBytes: number;
  readonly scratchBytes: number;
  readonly externalBytes: number;
  /** State before the first run: stretches of the same byte. */
  readonly initialState: readonly {
    readonly offsetBytes: number;
    readonly sizeBytes: number;
    readonly value: number;
  }[];
}

/** The memories of a plan. */
export function memoriesOf(
  model: Model,
  plan: Plan,
  { map, usesWords }: {
    readonly map: MemoryMap;
    /** Whether kernels use free bytes of the arena as words. */
    readonly usesWords: boolean;
  },
): Memories {
  const alignments = plan.buffers.map(({ alignmentBytes }) => alignmentBytes);
  // Kernels that load two words at once need them at multiples of 4.
  const least = usesWords ? 4 : 1;
  return {
    arenaBytes: plan.peakBytes,
    arenaAlignment: Math.max(least, ...alignments),
    stateBytes: map.stateBytes,
    scratchBytes: map.workspace.sizeBytes,
    externalBytes: map.externalBytes,
    initialState: [...initialState(model)].map(([tensor, values]) => ({
      offsetBytes: map.placeOf(tensor)!.offsetBytes,
      sizeBytes: values.byteLength,
      value: new Uint8Array(values.buffer)[0],
    })),
  };
}

/**
 * Refuses what names in C cannot begin with.
 *
 * @throws {RangeError} for anything but letters, digits and underscores, beginning with a letter, and
 *   for keywords.
 */
export function checkPrefix(prefix: string): void {
  if (KEYWORDS.has(prefix)) throw new RangeError(`prefix "${prefix}" is a keyword of C`);
  if (/^[A-Za-z][A-Za-z0-9_]*$/.test(prefix)) return;
  throw new RangeError(
    `prefix "${prefix}", needed a C identifier: a letter, then letters, digits or underscores`,
  );
}

/** Of C11 and C++, which may include the header. */
const KEYWORDS = new Set(
  ("auto break case catch char class const continue default delete do double else enum explicit extern " +
    "float for friend goto if inline int long mutable namespace new operator private protected " +
    "public register restrict return short signed sizeof static struct switch template this throw " +
    "try typedef typename union unsigned using virtual void volatile while bool true false and or " +
    "not xor main").split(" "),
);
