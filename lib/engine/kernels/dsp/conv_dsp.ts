import { start } from "../../../kernel/kernel_builder.ts";
import { add } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { channelFactors } from "../../reference/arithmetic.ts";
import { outputRange } from "../../reference/clamp.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import { convShape } from "../conv_shape.ts";
import { openKernel } from "../open_kernel.ts";
import { inRole } from "../scalar/layer_numbers.ts";
import { numbersOf, productBounds } from "../weights.ts";
import { prepareWalk, walkWindow } from "../window_walk.ts";
import { dotFunction, dotName, wideBytes } from "./dot_function.ts";
import { prepareFinish } from "./finish_sums.ts";
import { packPairs, pairBytes } from "./pack_pairs.ts";
import { scratchFor } from "./scratch.ts";

/**
 * CONV_2D and FULLY_CONNECTED of int8 for processors with a DSP extension: four pixels by two channels
 * in registers.
 */
export function convDsp(layer: Layer): LayerKernel | null {
  const shape = convShape(layer);
  const { inputs: [input, weightsOperand, biasOperand], outputs: [output], constants } = layer;
  if (shape === null || input?.tensor.dtype !== "int8" || output.tensor.dtype !== "int8") {
    return null;
  }
  if (weightsOperand!.tensor.quantization!.zeroPoints.some((point) => point !== 0)) return null;
  if (weightsOperand!.tensor.dtype !== "int8") return null;
  const { window, filters, depth } = shape;
  if (!isOneTap(window)) return null;
  const weights = numbersOf(weightsOperand!.tensor);
  const inputZero = zeroPointOf(input!.tensor);
  const given = biasOperand ? numbersOf(biasOperand.tensor) : new Int32Array(filters);
  const finish = prepareFinish({
    factors: channelFactors({
      input: input!.tensor,
      weights: weightsOperand!.tensor,
      bias: biasOperand?.tensor,
      output: output.tensor,
      activation: "NONE",
      channelAxis: 0,
      biasType: "int32",
      isFullyConnected: layer.operator.op === "FULLY_CONNECTED",
    }),
    bias: Array.from({ length: filters }, (_, o) => {
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += weights[o * depth + k];
      return given[o] - inputZero * sum | 0;
    }),
    products: productBounds(weights, { channels: filters, most: 255 }),
    outputZero: zeroPointOf(output.tensor),
    range: outputRange(shape.activation, output.tensor),
  });
  const layout = { channels: filters, depth, finish };
  const packed = constants.place(`${layer.name}_weights`, packPairs(weights, layout));
  const all = window.batches * window.outputHeight * window.outputWidth;
  const most = Math.min(all, layer.call?.mostColumns ?? all);
  const sizes = [4, 2, 1].filter((pixels) => pixels === 1 || pixels <= most);
  const roles = { codeGeneration: false };
  const found = sizes.flatMap((pixels) => {
    const scratch = scratchFor(layer, wideBytes(pixels, depth));
    return scratch === null ? [] : [{ pixels, scratch }];
  });
  if (found.at(-1)?.pixels !== 1) return null;
  const [{ scratch }] = found;
  const functions = new Map(found.map(({ pixels }) => {
    const dot = { pixels, depth, isOdd: filters % 2 === 1, finish };
    const code = dotFunction(dot, {
      input: inRole("input", input!.region, roles),
      output: inRole("output", output.region, roles),
      weights: inRole("weights", packed, roles),
      wide: inRole(`wide_${scratch.space}`, scratch, roles),
    });
    return [pixels, layer.library.share(code, dotName(dot))];
  }));

  // What a function reads it reads before it stores: pixels may be computed together in any plan.
  const { step } = layer;
  const kernel = openKernel(layer);
  const { b } = kernel;
  const walk = prepareWalk({ ...layer, step: { ...step, pixelsAtOnce: null } }, {
    kernel,
    window,
    tile: { pixels: found[0].pixels, vectors: 1 },
    channels: filters,
  });
  const used = new Set<number>();
  walkWindow(walk, ({ pixels: count, x, y }) => {
    const call = (pixels: number, at: number) => {
      used.add(pixels);
      b.call(functions.get(pixels)!.name, [
        add(x, at * window.strideW * window.inputPixelBytes),
        add(y, at * filters),
        start(packed),
        start(packed, Math.floor(filters / 2) * pairBytes(layout)),
        start(scratch),
        window.strideW * window.inputPixelBytes,
        depth - depth % 4,
        filters,
        zeroPointOf(output.tensor),
      ]);
    };
    const parts: { readonly pixels: number; readonly at: number }[] = [];
    for (let at = 0; at < count;) {
      const pixels = [4, 2, 1].find((each) => functions.has(each) && each <= count - at)!;
      parts.push({ pixels, at });
      at += pixels;
    }
    for (const { pixels, at } of walk.isReverse ? parts.toReversed() : parts) call(pixels, at);
  });
  return {
    kernel: `conv int8 ${found[0].pixels}x2 dsp`,
    schedule: [`tile pixels by ${found[0].pixels}`, "tile channels by 2"],
    code: [b.finish(layer.name), ...[...used].map((pixels) => functions.get(pixels)!)],
    isParallel: false,
  };
}

function isOneTap({ kernelHeight, kernelWidth }: SlidingWindow): boolean {
  return kernelHeight === 1 && kernelWidth === 1;
}
