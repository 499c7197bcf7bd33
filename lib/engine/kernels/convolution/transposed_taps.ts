import type { Region, Value } from "../../../kernel/kernel.ts";
import type { At, KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { constant, mul } from "../../../kernel/values.ts";
import type { Layer } from "../../layer.ts";
import type { Tap } from "../../reference/windows.ts";

const WORDS = 4;

/**
 * For every row or column of the output: bytes to the first pixel of the input that reaches it, where
 * that one's tap is, how many follow, and bytes to the output if they are given.
 */
export function placeTaps(
  { name, constants }: Layer,
  what: string,
  all: readonly (readonly Tap[])[],
  { x, w, y = [] }: {
    /** Bytes from one row or column of the input, and of taps, to the next. */
    readonly x: number;
    readonly w: number;
    readonly y?: readonly number[];
  },
): Region {
  const words = all.flatMap((taps, i) => {
    const { at, tap } = taps[0] ?? { at: 0, tap: 0 };
    return [at * x, tap * w, taps.length, y[i] ?? 0];
  });
  return constants.place(`${name}_${what}`, new Uint8Array(Int32Array.from(words).buffer));
}

/** An entry of the table. */
export interface LoadedTaps {
  readonly x: Value;
  readonly w: Value;
  readonly count: Value;
  readonly y: Value;
}

/** Loads an entry; without outputs their bytes are 0. */
export function loadTaps(
  b: KernelBuilder,
  region: Region,
  index: Value,
  { hasOutput = false } = {},
): LoadedTaps {
  const address = b.let("taps", mul(index, WORDS * 4));
  const [x, w, count] = ["x", "w", "count"].map((what, i) => word(what, i));
  return { x, w, count, y: hasOutput ? word("y", 3) : constant(0) };

  function word(what: string, i: number): Value {
    const at: At = { region, address, offsetBytes: 4 * i, isIndex: true };
    return b.let(`${what}_taps`, b.load("i32.load", at));
  }
}
