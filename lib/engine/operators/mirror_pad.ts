import type { Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { add, apply, choose, max, sub } from "../../kernel/values.ts";
import { constantValues } from "../../model/constant.ts";
import { elements, position, strides } from "../../model/shape.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { computedMoves, forIndices, indexValue } from "../kernels/movement/computed_moves.ts";
import { all, listValues } from "../kernels/movement/run_time_list.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { refuse } from "../refusal.ts";
import { expectSameType, expectType } from "../reference/expect.ts";
import { integers, mapIndices } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/**
 * Surrounds the input with its mirror images. Behind it the first element is repeated where there is
 * more to fill than there is to mirror; before it that is refused.
 */
export const mirrorPad: EngineOperator<"MIRROR_PAD"> = {
  types: ["float32", "int8"],
  reference: prepareMirrorPad,
  kernels: [mirrorKernel],
};

const REASON = "a padding that is not within the data, or not that of the output's shape";

function prepareMirrorPad(
  { attributes, inputs: [data, paddings], outputs: [output] }: Operation<"MIRROR_PAD">,
): ReferenceKernel {
  expectSameType([data, output], ["float32", "int8"]);
  expectType("paddings", paddings, ["int32", "int64"]);
  const skipped = skippedOf(attributes.mode);
  const steps = strides(data.shape);
  const mirrored = (before: readonly number[]) =>
    mapIndices(output.shape, (index) =>
      position(
        index.map((at, axis) => mirror(at, before[axis], { extent: data.shape[axis], skipped })),
        steps,
      ));
  const check = (amounts: readonly number[]) => {
    const fits = (elements(data.shape) > 0 || elements(output.shape) === 0) &&
      data.shape.every((extent, i) => {
        const [before, after] = amounts.slice(2 * i);
        const isWithin = before >= 0 && before <= Math.max(0, extent - skipped) && after >= 0;
        return isWithin && before + extent + after === output.shape[i];
      });
    if (!fits) throw new EngineError(REASON);
  };
  if (paddings.data !== null) check(integers(constantValues(paddings)));
  return ([x, list], [y]) => {
    const amounts = integers(list);
    check(amounts);
    mirrored(amounts.filter((_, i) => i % 2 === 0)).forEach((from, i) => y[i] = x[from]);
  };
}

/** Elements of the border that are not repeated. */
function skippedOf(mode: number): 0 | 1 {
  return mode === 0 ? 1 : 0;
}

function mirror(
  at: number,
  before: number,
  { extent, skipped }: { readonly extent: number; readonly skipped: number },
): number {
  const place = at - before;
  if (place < 0) return skipped - 1 - place;
  return place < extent ? place : Math.max(0, 2 * extent - 1 - skipped - place);
}

/** MIRROR_PAD: run by run of the dimensions that are not padded. */
function mirrorKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "MIRROR_PAD");
  if (operator === null) return null;
  const { inputs: [data, paddings], outputs: [output] } = layer;
  const skipped = skippedOf(operator.attributes.mode);
  const isKnown = paddings!.tensor.data !== null;
  const [inner, outer] = [data!.tensor.shape, output.tensor.shape];
  // Extents that stay have no padding, at run time or before.
  const padded = inner.findLastIndex((extent, axis) => extent !== outer[axis]) + 1;
  const [from, to] = [strides(inner), strides(outer)];
  return computedMoves(layer, {
    count: elements(inner.slice(padded)),
    reason: isKnown ? null : REASON,
    write: (b, move) => {
      const amounts = listValues(b, "padding", paddings!);
      const work = () =>
        forIndices(b, outer.slice(0, padded), (index) => {
          const sources = index.map((at, axis) => {
            const extent = inner[axis];
            return b.let("source", mirrored(b, sub(at, amounts[2 * axis]), { extent, skipped }));
          });
          move(indexValue(sources, from), indexValue(index, to));
        });
      if (isKnown) return work();
      b.if(fits(layer, amounts, skipped), work, () => refuse(b, layer));
    },
  });
}

function mirrored(
  b: KernelBuilder,
  distance: Value,
  { extent, skipped }: { readonly extent: number; readonly skipped: number },
): Value {
  const place = b.let("place", distance);
  const behind = max(sub(2 * extent - 1 - skipped, place), 0);
  const notBefore = choose(apply("i32.lt_s", [place, extent]), place, behind);
  return choose(apply("i32.lt_s", [place, 0]), sub(skipped - 1, place), notBefore);
}

function fits(layer: Layer, amounts: readonly Value[], skipped: number): Value {
  const { inputs: [data], outputs: [{ tensor: { shape } }] } = layer;
  return all(data!.tensor.shape.flatMap((extent, i) => {
    const [before, after] = amounts.slice(2 * i);
    return [
      apply("i32.le_u", [before, Math.max(0, extent - skipped)]),
      apply("i32.ge_s", [after, 0]),
      apply("i32.eq", [add(before, after), shape[i] - extent]),
    ];
  }));
}
