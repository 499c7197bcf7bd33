import { strides } from "../../model/shape.ts";
import { add, apply, mul } from "../../kernel/values.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import {
  batchBlocks,
  blockValues,
  imageExtents,
  isBlocked,
  isBlockedValue,
} from "../kernels/movement/batch_blocks.ts";
import { moveElements } from "../kernels/movement/move_boxes.ts";
import { computedMoves, forIndices, indexValue } from "../kernels/movement/computed_moves.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { refuse } from "../refusal.ts";
import { expectSameType, expectType } from "../reference/expect.ts";
import { integers } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Batches become blocks of pixels, of which borders are cut. */
export const batchToSpaceNd: EngineOperator<"BATCH_TO_SPACE_ND"> = {
  types: ["float32", "int8"],
  reference: prepareBatchToSpace,
  hasVectors: true,
  kernels: [moveElements, batchToSpaceKernel],
};

const REASON = "blocks or crops that the shapes do not have";

function prepareBatchToSpace(
  { inputs: [input, block, crops], outputs: [output] }: Operation<"BATCH_TO_SPACE_ND">,
): ReferenceKernel {
  expectSameType([input, output], ["float32", "int8"]);
  expectType("block", block, ["int32"]);
  expectType("crops", crops, ["int32"]);
  const [from, to] = [input, output].map(imageExtents);
  const { channels } = to;
  return ([x, sizes, cut], [y]) => {
    const blocks = batchBlocks(integers(sizes), integers(cut));
    if (!isBlocked(blocks, { images: to, batches: from })) throw new EngineError(REASON);
    const { rows, columns, top, left } = blocks;
    let at = 0;
    for (let batch = 0; batch < to.batches; batch++) {
      for (let row = top; row < top + to.height; row++) {
        for (let column = left; column < left + to.width; column++, at += channels) {
          const part = row % rows * columns + column % columns;
          const source = part * to.batches + batch;
          const line = source * from.height + Math.floor(row / rows);
          const pixel = line * from.width + Math.floor(column / columns);
          y.set(x.subarray(pixel * channels, (pixel + 1) * channels), at);
        }
      }
    }
  };
}

/** BATCH_TO_SPACE_ND of any blocks, known or not: pixel by pixel of the output. */
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
      const blocks = blockValues(b, layer);
      const { rows, columns, top, left } = blocks;
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
            add(mul(part, to.batches), batch),
            apply("i32.div_u", [y, rows]),
            apply("i32.div_u", [x, columns]),
          ];
          move(indexValue(place, steps), indexValue(index, results));
        });
      if (isKnown) return work();
      b.if(isBlockedValue(blocks, { images: to, batches: from }), work, () => refuse(b, layer));
    },
  });
}
