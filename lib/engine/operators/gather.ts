import { add, apply, mul } from "../../kernel/values.ts";
import { start } from "../../kernel/kernel_builder.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import type { Value } from "../../kernel/kernel.ts";
import { forRange, rangeOf } from "../kernels/walk/index_range.ts";
import { indexedRuns } from "../kernels/movement/indexed_runs.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { gatherWalk } from "../../model/operators/gather.ts";
import { expectSameType, expectType } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Slices of one dimension, by indices; those out of range are refused. */
export const gather: EngineOperator<"GATHER"> = {
  types: ["float32", "int8"],
  reference: prepareGather,
  hasVectors: true,
  kernels: [gatherKernel],
};

function prepareGather(
  { attributes, inputs: [data, indices], outputs: [output] }: Operation<"GATHER">,
): ReferenceKernel {
  expectSameType([data, output], ["float32", "int8"]);
  expectType("indices", indices, ["int32"]);
  const { batches, outer, extent, count, run } = gatherWalk(attributes, { data, indices });
  return ([x, at], [y]) => {
    for (let slice = 0; slice < batches * outer; slice++) {
      const batch = Math.floor(slice / outer);
      for (let i = 0; i < count; i++) {
        const index = at[batch * count + i];
        if (!(index >= 0 && index < extent)) throw new EngineError(reasonOf(extent));
        const from = (slice * extent + index) * run;
        y.set(x.subarray(from, from + run), (slice * count + i) * run);
      }
    }
  };
}

function reasonOf(extent: number): string {
  return `an index out of range, needed 0 to ${extent - 1}`;
}

/** GATHER: slice by slice, in the direction of its step. */
function gatherKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "GATHER");
  if (operator === null) return null;
  const { inputs: [data, indices] } = layer;
  const { batches, outer, extent, count, run } = gatherWalk(operator.attributes, {
    data: data!.tensor,
    indices: indices!.tensor,
  });
  const { region } = indices!;
  return indexedRuns(layer, {
    source: data!,
    count: run,
    reason: reasonOf(extent),
    loops: (b, visit) => {
      const isReverse = layer.step.direction === "reverse";
      const loop = (what: string, until: number, body: (index: Value) => void) =>
        forRange(b, { name: what, range: rangeOf(0, until), isReverse }, body);
      loop("batch", batches, (batch) =>
        loop("outer", outer, (within) => {
          const slice = b.let("slice", add(mul(batch, outer), within));
          loop("index", count, (i) => {
            const place = b.let("place", mul(add(mul(batch, count), i), 4));
            const address = add(start(region), place);
            const at = b.let("at", b.load("i32.load", { region, address }));
            visit({
              from: mul(add(mul(slice, extent), at), run),
              to: mul(add(mul(slice, count), i), run),
              isInside: apply("i32.lt_u", [at, extent]),
            });
          });
        }));
    },
  });
}
