import { add, apply, mul } from "../../kernel/values.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { blocksOf, blockValues, imageExtents } from "../kernels/movement/batch_blocks.ts";
import { computedMoves, forIndices, placeOf } from "../kernels/movement/computed_moves.ts";
import { all } from "../kernels/movement/run_time_list.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { refuse } from "../refusal.ts";
import { expectSameType, expectType } from "../reference/expect.ts";
import { integers, strides } from "../reference/indices.ts";
import type { Kernel, Operation } from "../reference/prepare.ts";

/** Batches become blocks of pixels, of which borders are cut. */
export const batchToSpaceNd: EngineOperator<"BATCH_TO_SPACE_ND"> = {
  reference: prepareBatchToSpace,
  kernels: [batchToSpaceKernel],
};

const REASON = "blocks or crops that the shapes do not have";

function prepareBatchToSpace(
  { inputs: [input, block, crops], outputs: [output] }: Operation<"BATCH_TO_SPACE_ND">,
): Kernel {
  expectSameType([input, output], ["float32", "int8"]);
  expectType("block", block, ["int32"]);
  expectType("crops", crops, ["int32"]);
  const [from, to] = [input, output].map(imageExtents);
  const { channels } = to;
  return ([x, sizes, cut], [y]) => {
    const { rows, columns, top, left } = blocksOf(integers(sizes), integers(cut), {
      one: 1,
      none: 0,
    });
    let at = 0;
    for (let batch = 0; batch < to.batches; batch++) {
      for (let row = top; row < top + to.height; row++) {
        for (let column = left; column < left + to.width; column++, at += channels) {
          const part = row % rows * columns + column % columns;
          const source = part * to.batches + batch;
          const place = [Math.floor(row / rows), Math.floor(column / columns)];
          const isInside = rows > 0 && columns > 0 && row >= 0 && column >= 0 &&
            source < from.batches && place[0] < from.height && place[1] < from.width;
          if (!isInside) throw new EngineError(REASON);
          const pixel = (source * from.height + place[0]) * from.width + place[1];
          y.set(x.subarray(pixel * channels, (pixel + 1) * channels), at);
        }
      }
    }
  };
}

/** BATCH_TO_SPACE_ND: pixel by pixel of the output. */
function batchToSpaceKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "BATCH_TO_SPACE_ND") === null) return null;
  const { inputs: [input, block, crops], outputs: [output] } = layer;
  const [from, to] = [input!.tensor, output.tensor].map(imageExtents);
  const isKnown = block!.tensor.data !== null && crops!.tensor.data !== null;
  const { batches, height, width, channels } = from;
  const steps = strides([batches, height, width, channels]);
  const results = strides([to.batches, to.height, to.width, channels]);
  return computedMoves(layer, {
    count: channels,
    reason: isKnown ? null : REASON,
    write: (b, move) => {
      const { rows, columns, top, left } = blockValues(b, layer);
      const work = () =>
        forIndices(b, [to.batches, to.height, to.width], (index) => {
          const [batch, row, column] = index;
          const y = b.let("y", add(row, top));
          const x = b.let("x", add(column, left));
          const [inRow, inColumn] = [[y, rows], [x, columns]].map((operands) => (
            apply("i32.rem_u", operands)
          ));
          const part = add(mul(inRow, columns), inColumn);
          const place = [
            b.let("source", add(mul(part, to.batches), batch)),
            b.let("row", apply("i32.div_u", [y, rows])),
            b.let("column", apply("i32.div_u", [x, columns])),
          ];
          const copy = () => move(placeOf(place, steps), placeOf(index, results));
          if (isKnown) return copy();
          const isInside = all([batches, height, width].map((extent, i) => (
            apply("i32.lt_u", [place[i], extent])
          )));
          b.if(isInside, copy, () => refuse(b, layer));
        });
      if (isKnown) return work();
      const isBlock = all([rows, columns].map((size) => apply("i32.gt_s", [size, 0])));
      b.if(isBlock, work, () => refuse(b, layer));
    },
  });
}
