import { strides, wholeOf } from "../../model/shape.ts";
import { add, apply, mul, sub } from "../../kernel/values.ts";
import { start } from "../../kernel/kernel_builder.ts";
import { dtypeBits } from "../../model/dtype.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import {
  batchBlocks,
  blockValues,
  imageExtents,
  isBlocked,
  isBlockedValue,
} from "../kernels/movement/batch_blocks.ts";
import { computedMoves, forIndices, indexValue } from "../kernels/movement/computed_moves.ts";
import { fillWords } from "../kernels/movement/copy_bytes.ts";
import { moveBoxes, movedBoxes } from "../kernels/movement/move_boxes.ts";
import { around, zeros } from "./pad.ts";
import { all } from "../kernels/movement/run_time_list.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { refuse } from "../refusal.ts";
import { expectSameType, expectType, zeroPointOf } from "../reference/expect.ts";
import { integers } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/**
 * Blocks of pixels become batches, with zeros around the image: the output's zero point. (TFLM's kernel
 * pads with a byte that nobody sets.)
 */
export const spaceToBatchNd: EngineOperator<"SPACE_TO_BATCH_ND"> = {
  types: ["float32", "int8"],
  reference: prepareSpaceToBatch,
  hasVectors: true,
  kernels: [partsKernel, spaceToBatchKernel],
};

const REASON = "blocks or paddings that the shapes do not have";

function prepareSpaceToBatch(
  { inputs: [input, block, paddings], outputs: [output] }: Operation<"SPACE_TO_BATCH_ND">,
): ReferenceKernel {
  expectSameType([input, output], ["float32", "int8"]);
  expectType("block", block, ["int32"]);
  expectType("paddings", paddings, ["int32"]);
  const [from, to] = [input, output].map(imageExtents);
  const { channels } = to;
  const zero = zeroOf(output);
  return ([x, sizes, added], [y]) => {
    const blocks = batchBlocks(integers(sizes), integers(added));
    if (!isBlocked(blocks, { images: from, batches: to })) throw new EngineError(REASON);
    const { rows, columns, top, left } = blocks;
    y.fill(zero);
    let at = 0;
    for (let batch = 0; batch < to.batches; batch++) {
      const part = Math.floor(batch / from.batches);
      for (let i = 0; i < to.height; i++) {
        const row = i * rows + Math.floor(part / columns) - top;
        for (let j = 0; j < to.width; j++, at += channels) {
          const column = j * columns + part % columns - left;
          if (row < 0 || row >= from.height || column < 0 || column >= from.width) continue;
          const pixel = (batch % from.batches * from.height + row) * from.width + column;
          y.set(x.subarray(pixel * channels, (pixel + 1) * channels), at);
        }
      }
    }
  };
}

function zeroOf(output: Tensor): number {
  return output.dtype === "int8" ? zeroPointOf(output) : 0;
}

/** SPACE_TO_BATCH_ND: part by part of the blocks, and then the zeros around each. */
function partsKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "SPACE_TO_BATCH_ND") === null) return null;
  const { inputs: [input], outputs: [output] } = layer;
  const boxes = movedBoxes(layer);
  if (boxes === null) return null;
  const { shape } = output.tensor;
  const images = input!.tensor.shape[0];
  const fill = zeros(layer);
  const border = Array.from({ length: shape[0] / images }, (_, part) => {
    const place = { region: output.region, ...wholeOf(output.tensor) };
    const first = part * images * place.steps[0];
    const moved = boxes.find(({ to }) => Math.floor(to.first / (images * place.steps[0])) === part);
    const whole = shape.with(0, images);
    if (moved === undefined) return [{ extents: whole, to: { ...place, first } }];
    const { extents: inside, to } = moved;
    const before = shape.map((extent, axis) => (
      axis === 0 ? 0 : Math.floor((to.first - first) / place.steps[axis]) % extent
    ));
    return around({ whole, inside, before, place: { ...place, first } });
  }).flat();
  return moveBoxes(layer, boxes, { then: border.map((box) => ({ ...box, from: fill })) });
}

/** SPACE_TO_BATCH_ND of any blocks, known or not: pixel by pixel of the output. */
function spaceToBatchKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "SPACE_TO_BATCH_ND") === null) return null;
  const { inputs: [input, block, paddings], outputs: [output] } = layer;
  const { region, tensor } = output;
  const [from, to] = [input!.tensor, tensor].map(imageExtents);
  const isKnown = block!.tensor.data !== null && paddings!.tensor.data !== null;
  const { batches, height, width, channels } = from;
  const steps = strides([batches, height, width, channels]);
  const results = strides([to.batches, to.height, to.width, channels]);
  const pixelBytes = channels * dtypeBits(tensor.dtype) / 8;
  return computedMoves(layer, {
    count: channels,
    reason: isKnown ? null : REASON,
    write: (b, move) => {
      const blocks = blockValues(b, layer);
      const { rows, columns, top, left } = blocks;
      const work = () =>
        b.for("batch", { until: to.batches }, (batch) => {
          const part = b.let("part", apply("i32.div_u", [batch, batches]));
          const source = b.let("source", sub(batch, mul(part, batches)));
          const firstRow = b.let("first", sub(apply("i32.div_u", [part, columns]), top));
          const firstColumn = b.let("first", sub(apply("i32.rem_u", [part, columns]), left));
          forIndices(b, [to.height, to.width], ([i, j]) => {
            const row = b.let("row", add(mul(i, rows), firstRow));
            const column = b.let("column", add(mul(j, columns), firstColumn));
            const isInside = all([
              apply("i32.lt_u", [row, height]),
              apply("i32.lt_u", [column, width]),
            ]);
            const target = b.let("target", indexValue([batch, i, j], results));
            b.if(isInside, () => move(indexValue([source, row, column], steps), target), () => {
              const at = mul(target, dtypeBits(tensor.dtype) / 8);
              const address = b.let("to", add(start(region), at));
              fillWords(b, { to: { region, address }, bytes: pixelBytes, byte: zeroOf(tensor) });
            });
          });
        });
      if (isKnown) return work();
      b.if(isBlockedValue(blocks, { images: from, batches: to }), work, () => refuse(b, layer));
    },
  });
}
