import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import type { Opcode } from "../../../kernel/opcode.ts";
import { mul, type Operand } from "../../../kernel/values.ts";
import type { SumArithmetic } from "./sum_arithmetic.ts";
import { constantOf } from "./window_loops.ts";

/** Elements one after the other: a pointer that moves by `stepBytes`. */
export interface Stream {
  readonly region: Region;
  readonly load: Opcode;
  /** A variable; it is left behind the last element, or where it was after a single one. */
  readonly pointer: Value;
  readonly stepBytes: Value;
  /** From one pixel or filter to the next one's elements. */
  readonly apartBytes: Operand;
}

/**
 * `sums[pixel][filter] += x[pixel, k] * w[filter, k]` for k from 0, before `length`, one element after
 * the other in the order of k; `unroll` steps are written out where the length is a constant.
 */
export function scalarDot(
  b: KernelBuilder,
  { sums, x, w, length, unroll, arithmetic }: {
    readonly sums: readonly (readonly Value[])[];
    readonly x: Stream;
    readonly w: Stream;
    readonly length: Value;
    readonly unroll: number;
    readonly arithmetic: Pick<SumArithmetic, "centred" | "centredWeight" | "multiplyAdd">;
  },
): void {
  const { centred, centredWeight, multiplyAdd } = arithmetic;
  const isTile = sums.length > 1 || sums[0].length > 1;
  const element = (stream: Stream, index: number, step: number) => {
    const offsetBytes = index * known(stream.apartBytes) + step * known(stream.stepBytes);
    return b.load(stream.load, { region: stream.region, address: stream.pointer, offsetBytes });
  };
  const multiply = (step: number) => {
    const keep = (name: string, value: Value) => isTile ? b.let(name, value) : value;
    const weights = sums[0].map((_, f) => keep("w", centredWeight(element(w, f, step))));
    sums.forEach((row, p) => {
      const value = keep("x", centred(element(x, p, step)));
      row.forEach((sum, f) => b.set(sum, multiplyAdd(sum, value, weights[f])));
    });
  };
  const advance = (steps: number) => {
    for (const { pointer, stepBytes } of [x, w]) b.advance(pointer, mul(stepBytes, steps));
  };
  const count = constantOf(length);
  if (count === 1) return multiply(0);
  if (count === null || unroll === 1) {
    return b.for("k", { until: length }, () => {
      multiply(0);
      advance(1);
    });
  }
  const rounds = Math.floor(count / unroll);
  b.for("k", { until: rounds }, () => {
    for (let step = 0; step < unroll; step++) multiply(step);
    advance(unroll);
  });
  for (let step = 0; step < count % unroll; step++) multiply(step);
}

/** 0 stands for the first of something, wherever the others are. */
function known(value: Operand): number {
  return typeof value === "number" ? value : constantOf(value) ?? 0;
}
