import type { Value } from "../../kernel/kernel.ts";
import { start } from "../../kernel/kernel_builder.ts";
import { add, apply, mul, sub, vectorOfF32 } from "../../kernel/values.ts";
import { outputRange } from "../reference/clamp.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { tileFor } from "../select/kernel_choices.ts";
import { floatTilesByCost } from "./float_tile_cost.ts";
import { clampFloats } from "./float_clamp.ts";
import { callShape, convShape } from "./conv_shape.ts";
import { multiplyRun } from "./multiply_block.ts";
import { openKernel } from "./open_kernel.ts";
import { type ChannelBlock, channelBlocks } from "./pack_weights.ts";
import { packFloats } from "./pack_floats.ts";
import { storeBytes } from "./store_bytes.ts";
import { floatsOf } from "./weights.ts";
import { insideColumns } from "./window_taps.ts";
import {
  type PixelTile,
  prepareWalk,
  type RegisterTile,
  splitRemarks,
  walkBlocks,
  walkWindow,
} from "./window_walk.ts";

/** The ways in which a layer can be cut up, the one that should take the least time first. */
export function convFloat32Tiles(layer: Layer): readonly RegisterTile[] {
  if (layer.inputs[0]?.tensor.dtype !== "float32") return [];
  const shape = convShape(layer);
  return shape === null
    ? []
    : floatTilesByCost(callShape(layer, shape), layer.step.pixelsAtOnce ?? Infinity);
}

/**
 * CONV_2D and FULLY_CONNECTED of float32: pixels by channels in registers, straight from the image
 * (its rows are runs of `Kw C` elements, no im2col). Every sum is added up in the reference's order,
 * so that its bits do not depend on tiles, threads or machine.
 */
export function convFloat32(layer: Layer, given?: RegisterTile): LayerKernel | null {
  const { constants, inputs: [input, weights, bias], outputs: [output] } = layer;
  if (input?.tensor.dtype !== "float32" || output.tensor.dtype !== "float32") return null;
  const shape = convShape(layer);
  if (shape === null || bias?.tensor.data === null) return null;
  const { window, channels, filters, depth } = shape;
  const tile = given ?? tileFor(layer, { kernel: "conv float32", tiles: convFloat32Tiles(layer) });
  const blocks = channelBlocks(filters, tile.vectors);
  const packed = constants.place(
    `${layer.name}_weights`,
    packFloats(floatsOf(weights!.tensor), { blocks, depth }),
  );
  const biases = bias
    ? constants.place(`${layer.name}_bias`, packFloats(floatsOf(bias.tensor), { blocks, depth: 1 }))
    : null;
  const { kernelWidth, dilationW, inputPixelBytes } = window;
  const tapStepBytes = dilationW * inputPixelBytes;
  const isContiguous = dilationW === 1 || kernelWidth === 1;
  const range = outputRange(shape.activation, output.tensor);

  const kernel = openKernel(layer);
  const { b } = kernel;
  const { from, until } = insideColumns(window);
  const border = from + window.outputWidth - until <= MOST_BORDER_CODE ? "pixels" : "counted";
  const walk = prepareWalk(layer, { kernel, window, tile, channels: filters, border });

  walkWindow(walk, ({ pixels, x, mover, y, rows, columns }: PixelTile) => {
    walkBlocks(walk, blocks, (block: ChannelBlock, index) => {
      const vectorsBytes = block.vectors * 16;
      const tapBytes = channels * vectorsBytes;
      const rowBytes = kernelWidth * tapBytes;
      const sums = Array.from(
        { length: pixels },
        (_, p) =>
          Array.from({ length: block.vectors }, (_, v) => b.let(`sum${p}_${v}`, vectorOfF32(0))),
      );
      const w = b.let(
        "w",
        add(
          add(start(packed), mul(index, depth * tile.vectors * 16)),
          mul(rows.from, rowBytes),
        ),
      );
      const multiply = (from: Value, w: Value, bytes: number | Value, unroll: number) =>
        multiplyRun(b, {
          sums,
          x: from,
          input: input.region,
          strideBytes: window.strideW * inputPixelBytes,
          w,
          weights: packed,
          bytes,
          unroll,
        });
      const xRow = b.let("x_row", x);
      const goOn = mover(xRow);
      b.for("kh", { from: rows.from, until: rows.until }, () => {
        if (columns === null) {
          const runs = isContiguous ? 1 : kernelWidth;
          for (let run = 0; run < runs; run++) {
            const from = run === 0 ? xRow : b.let("x_tap", add(xRow, run * tapStepBytes));
            multiply(from, w, kernelWidth * inputPixelBytes / runs, UNROLL);
          }
        } else {
          const wTap = b.let("w_tap", add(w, mul(columns.from, tapBytes)));
          const xTap = b.let("x_tap", add(xRow, mul(columns.from, tapStepBytes)));
          const taps = sub(columns.until, columns.from);
          if (isContiguous) {
            const unroll = taps.kind === "constant" ? UNROLL : channels % 2 === 0 ? 2 : 1;
            multiply(xTap, wTap, mul(taps, inputPixelBytes), unroll);
          } else {
            b.for("kw", { from: columns.from, until: columns.until }, () => {
              multiply(xTap, wTap, inputPixelBytes, UNROLL);
              b.advance(xTap, tapStepBytes);
            });
          }
          b.advance(w, rowBytes);
        }
        goOn();
      });
      const yBlock = b.let("y_block", add(y, mul(index, tile.vectors * 16)));
      const biasBlock = biases && b.let("bias", add(start(biases), mul(index, tile.vectors * 16)));
      for (let v = 0; v < block.vectors; v++) {
        const bias4 = biasBlock && b.let(
          "bias4",
          b.load("v128.load", { region: biases!, address: biasBlock, offsetBytes: v * 16 }),
        );
        sums.forEach((row, p) => {
          const sum = bias4 ? apply("f32x4.add", [row[v], bias4]) : row[v];
          const at = {
            region: output.region,
            address: yBlock,
            offsetBytes: p * window.outputPixelBytes + v * 16,
          };
          storeBytes(b, at, clampFloats(constants, sum, range), (block.channels - v * 4) * 4);
        });
      }
    });
  });
  return {
    kernel: `conv float32 ${walk.pixels}x${tile.vectors * 4}`,
    remarks: [
      `tile pixels by ${walk.pixels}`,
      `tile channels by ${tile.vectors * 4}`,
      "vectorize channels by 4",
      `unroll k by ${UNROLL}`,
      ...splitRemarks(walk),
    ],
    code: [b.finish(layer.name)],
    isParallel: walk.split !== "none",
  };
}

const UNROLL = 4;
/** Columns at the border that get code of their own. */
const MOST_BORDER_CODE = 4;
