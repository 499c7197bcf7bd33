import type { Value } from "../../../kernel/kernel.ts";
import { KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, mul, type Operand } from "../../../kernel/values.ts";
import { dtypeBits } from "../../../model/dtype.ts";
import { operatorName } from "../../../model/operator.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { copyWords } from "./copy_bytes.ts";

/** Elements that are copied together, as they are to be moved: places in elements. */
export type MoveRun = (from: Operand, to: Operand) => void;

/**
 * A kernel that copies runs of `count` elements from its first input to its output, between places
 * that `write` computes.
 */
export function computedMoves(
  layer: Layer,
  { count, write, reason }: {
    readonly count: number;
    readonly write: (b: KernelBuilder, move: MoveRun) => void;
    /** Why it may refuse what it is given; null: it does not. */
    readonly reason: string | null;
  },
): LayerKernel {
  const { operator, name, inputs: [input], outputs: [output] } = layer;
  const { dtype } = output.tensor;
  const elementBytes = dtypeBits(dtype) / 8;
  const b = new KernelBuilder();
  b.parameter("thread");
  write(b, (from, to) => {
    const [source, target] = ([[input!, from], [output, to]] as const).map((
      [{ region }, place],
    ) => ({
      region,
      address: b.let("at", add(start(region), mul(place, elementBytes))),
    }));
    copyWords(b, { from: source, to: target, bytes: count * elementBytes });
  });
  return {
    kernel: `${operatorName(operator).toLowerCase()} ${dtype}`,
    remarks: [],
    code: [b.finish(name)],
    isParallel: false,
    ...reason !== null && { refusal: { reason, error: "EngineError" } },
  };
}

/** Loops over all indices of some dimensions, in row-major order. */
export function forIndices(
  b: KernelBuilder,
  extents: readonly Operand[],
  work: (index: readonly Value[]) => void,
): void {
  const nest = (index: readonly Value[]) => {
    if (index.length === extents.length) return work(index);
    b.for("index", { until: extents[index.length] }, (next) => nest([...index, next]));
  };
  nest([]);
}

/** The sum of indices times steps. */
export function indexValue(index: readonly Operand[], steps: readonly Operand[]): Value {
  return index.reduce<Value>((sum, at, axis) => add(sum, mul(at, steps[axis])), add(0, 0));
}
