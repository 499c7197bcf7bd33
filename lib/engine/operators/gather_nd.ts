import type { Value } from "../../kernel/kernel.ts";
import { start } from "../../kernel/kernel_builder.ts";
import { add, apply, asValue, mul } from "../../kernel/values.ts";
import { elements, strides } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { indexedRuns } from "../kernels/movement/indexed_runs.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { expectSameType, expectType } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/**
 * Slices by indices of several dimensions. As in TFLM's kernel the place that indices give together
 * must be within the data, not each of them in its dimension.
 */
export const gatherNd: EngineOperator<"GATHER_ND"> = {
  types: ["float32", "int8"],
  reference: prepareGatherNd,
  hasVectors: true,
  kernels: [gatherKernel],
};

const REASON = "indices of a slice that is not within the data";

/** Most dimensions that an index has in TFLM. */
const MOST_DIMENSIONS = 5;

function prepareGatherNd(
  { inputs: [data, indices], outputs: [output] }: Operation<"GATHER_ND">,
): ReferenceKernel {
  expectSameType([data, output], ["float32", "int8"]);
  expectType("indices", indices, ["int32"]);
  const { depth, steps, slices, run, last } = gatherWalk(data, indices);
  if (depth > MOST_DIMENSIONS) {
    throw new EngineError(`indices of ${depth} dimensions, needed at most ${MOST_DIMENSIONS}`);
  }
  return ([x, at], [y]) => {
    for (let slice = 0; slice < slices; slice++) {
      let from = 0;
      for (let i = 0; i < depth; i++) {
        from = from + Math.imul(at[slice * depth + i], steps[i]) | 0;
      }
      if (!(from >= 0 && from <= last)) throw new EngineError(REASON);
      y.set(x.subarray(from, from + run), slice * run);
    }
  };
}

function gatherWalk(data: Tensor, indices: Tensor) {
  const depth = indices.shape.at(-1)!;
  const run = elements(data.shape.slice(depth));
  return {
    depth,
    steps: strides(data.shape),
    slices: elements(indices.shape.slice(0, -1)),
    run,
    /** Where the last slice begins. */
    last: elements(data.shape) - run,
  };
}

/** GATHER_ND: slice by slice. */
function gatherKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "GATHER_ND") === null) return null;
  const { inputs: [data, indices] } = layer;
  const { depth, steps, slices, run, last } = gatherWalk(data!.tensor, indices!.tensor);
  const { region } = indices!;
  return indexedRuns(layer, {
    source: data!,
    count: run,
    reason: REASON,
    loops: (b, visit) =>
      b.for("slice", { until: slices }, (slice) => {
        const address = b.let("indices", add(start(region), mul(slice, depth * 4)));
        const from = steps.slice(0, depth).reduce<Value>((sum, step, i) => {
          const index = b.load("i32.load", { region, address, offsetBytes: 4 * i });
          return b.let("place", add(sum, mul(index, step)));
        }, asValue(0));
        const isInside = last < 0 ? asValue(0) : apply("i32.le_u", [from, last]);
        visit({ from, to: mul(slice, run), isInside });
      }),
  });
}
