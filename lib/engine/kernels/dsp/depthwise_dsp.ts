import type { Value } from "../../../kernel/kernel.ts";
import { start } from "../../../kernel/kernel_builder.ts";
import { add, mul, sub } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { channelFactors } from "../../reference/arithmetic.ts";
import { outputRange } from "../../reference/clamp.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import { type PixelTile, walkWindow } from "../channel_walk.ts";
import { pixelsTogether } from "../channelwise.ts";
import { rangeOf } from "../index_range.ts";
import { layerWindow } from "../layer_window.ts";
import { openKernel } from "../open_kernel.ts";
import { inRole } from "../scalar/layer_numbers.ts";
import { numbersOf, productBounds } from "../weights.ts";
import { clipsRows } from "../window_taps.ts";
import { convDsp } from "./conv_dsp.ts";
import { byFilter } from "./conv_numbers.ts";
import { depthwise3Function, depthwise3Name, rowMode, TILE } from "./depthwise3_function.ts";
import { prepareFinish, type SumFinish } from "./finish_sums.ts";
import { heldPixels } from "./held_pixels.ts";
import { depthwise3Bytes, packDepthwise3 } from "./pack_depthwise3.ts";
import { scratchFor } from "./scratch.ts";

/** DEPTHWISE_CONV_2D of int8 for processors with a DSP extension: four channels at a time, row by row. */
export function depthwiseDsp(layer: Layer): LayerKernel | null {
  const { operator, inputs: [input], outputs: [output], step } = layer;
  if (operator.op !== "DEPTHWISE_CONV_2D") return null;
  if (input?.tensor.dtype !== "int8" || output.tensor.dtype !== "int8") return null;
  const window = layerWindow(layer)!;
  const channels = window.inputPixelBytes;
  if (channels === 1) return convDsp(layer);
  if (channels % 4 !== 0 || window.outputPixelBytes !== channels || !isThree(window)) return null;
  if ((step.channelsAtOnce ?? 4) < 4) return null;
  const isHeldBack = step.form === "in-place" && step.delayPixels > 0;
  const place = placeOf(layer, { window, isHeldBack });
  if (place === null) return null;
  const { pixels, planeBytes, pairs, held } = place;
  const finish = finishOf(layer, channels);
  const packed = layer.constants.place(
    `${layer.name}_weights`,
    packDepthwise3(numbersOf(layer.inputs[1]!.tensor), { channels, finish }),
  );
  const roles = { codeGeneration: false };
  const regions = {
    input: inRole("input", input!.region, roles),
    output: held === null
      ? inRole("output", output.region, roles)
      : inRole(`held_${held.space}`, held, roles),
    weights: inRole("weights", packed, roles),
    pairs: inRole(`pairs_${pairs.space}`, pairs, roles),
  };
  const used = new Map<string, ReturnType<typeof layer.library.share>>();
  const modes = modesOf(window);
  const functionFor = (count: number) => {
    const shape = {
      strideW: window.strideW,
      rest: count % TILE,
      hasTiles: count >= TILE,
      planeBytes,
      modes,
      finish,
    };
    const name = depthwise3Name(shape);
    const known = used.get(name) ?? layer.library.share(depthwise3Function(shape, regions), name);
    used.set(name, known);
    return known.name;
  };

  const kernel = openKernel(layer);
  const { b, area } = kernel;
  const isReverse = area === null && step.direction === "reverse";
  const inputZero = zeroPointOf(input!.tensor) & 0xffff;
  const zeros = inputZero | inputZero << 16;
  const walk = {
    layer,
    window,
    area,
    pixels,
    isReverse,
    lines: rangeOf(0, window.batches * window.outputHeight),
    splitsWholeRows: true,
  };
  const groupBytes = 4 * depthwise3Bytes(finish);
  /** Computes some groups of channels of a tile. */
  const compute = (
    { count, columns, rows, x, mover, rowDistances }: PixelTile,
    { x: group, w, groups, y, resultBytes }: {
      readonly x: Value;
      readonly w: Value;
      readonly groups: number;
      readonly y: Value;
      readonly resultBytes: number;
    },
  ) => {
    const span = (count - 1) * window.strideW + 3;
    const zero = (from: number, until: number) => fillColumns(from, until);
    zero(0, columns.from);
    zero(columns.until, span);
    const whole = rows === null;
    const distances = whole ? rowDistances.slice(1) : nextRow(x, mover);
    const mode = whole ? 0 : add(rows.from, mul(sub(3, rows.until), rowMode.isLastMissing));
    b.call(functionFor(count), [
      group,
      y,
      w,
      add(w, groups * groupBytes),
      start(pairs),
      start(pairs, 8 * columns.from),
      start(pairs, 8 * columns.until),
      distances[0],
      distances[1],
      mode,
      window.inputPixelBytes,
      resultBytes,
      zeros,
      zeroPointOf(output.tensor),
      8 * window.strideW * (count - count % TILE),
      start(pairs, 4 * planeBytes),
      planeBytes - 8 * window.strideW * (count - count % TILE),
      // A rest is stored by two: one pixel too many is counted where it is odd.
      1 - resultBytes * (count + count % 2),
    ]);
  };
  const nextRow = (x: Value, mover: PixelTile["mover"]): readonly Value[] => {
    const next = b.let("next", x);
    mover(next)();
    const distance = b.let("distance", sub(next, x));
    return [distance, distance];
  };
  /** Columns beside the image hold zero points. */
  const fillColumns = (from: number, until: number) => {
    for (let column = from; column < until; column++) {
      for (let plane = 0; plane < 4; plane++) {
        const offsetBytes = plane * planeBytes + 8 * column;
        for (const behind of [0, 4]) {
          const at = { region: pairs, address: start(pairs), offsetBytes: offsetBytes + behind };
          b.store("i32.store", at, zeros);
        }
      }
    }
  };
  if (held === null) {
    walkWindow(b, walk, (tile) => {
      const { x, y } = tile;
      const groups = channels / 4;
      compute(tile, { x, w: start(packed), groups, y, resultBytes: channels });
    });
  } else {
    b.for("group", { until: channels / 4 }, (index) => {
      const first = b.let("first", mul(index, 4));
      const { push, drain } = heldPixels(b, { layer, window, held, first, isReverse });
      walkWindow(b, walk, (tile) => {
        const group = b.let("x_group", add(tile.x, first));
        const w = b.let("w", add(start(packed), mul(index, groupBytes)));
        compute(tile, { x: group, w, groups: 1, y: start(held), resultBytes: 4 });
        push(b.let("y_group", add(tile.y, first)), tile.count);
      });
      drain();
    });
  }
  return {
    kernel: `depthwise int8 3x3 ${TILE}x4 dsp`,
    schedule: [`tile pixels by ${TILE}`, "tile channels by 4"],
    code: [b.finish(layer.name), ...used.values()],
    isParallel: false,
  };
}

function isThree(
  { kernelHeight, kernelWidth, strideW, dilationW, dilationH, top, left }: SlidingWindow,
) {
  return kernelHeight === 3 && kernelWidth === 3 && strideW <= 2 && dilationW === 1 &&
    dilationH === 1 && top <= 1 && left <= 1;
}

/** Which rows of taps may be missing. */
function modesOf(window: SlidingWindow): readonly number[] {
  if (!clipsRows(window)) return [0];
  const { outputHeight, strideH, top, inputHeight } = window;
  const modes = Array.from({ length: outputHeight }, (_, row) => {
    const first = row * strideH - top;
    return (first < 0 ? rowMode.isFirstMissing : 0) +
      (first + 2 >= inputHeight ? rowMode.isLastMissing : 0);
  });
  return [0, ...new Set(modes.filter((mode) => mode !== 0))];
}

/** Pixels of a row that are computed together, and memory for their pairs and their results. */
function placeOf(
  layer: Layer,
  { window, isHeldBack }: { readonly window: SlidingWindow; readonly isHeldBack: boolean },
) {
  const width = Math.min(window.outputWidth, layer.call?.mostColumns ?? Infinity);
  for (let parts = 1; parts <= width; parts++) {
    const pixels = pixelsTogether(layer, Math.ceil(width / parts));
    const columns = (pixels - 1) * window.strideW + 3;
    // Sizes are powers of two so that layers share functions.
    const planeBytes = Math.max(64, 2 ** Math.ceil(Math.log2(8 * columns)));
    const heldBytes = isHeldBack ? Math.ceil(4 * pixels / 8) * 8 : 0;
    const scratch = scratchFor(layer, 4 * planeBytes + heldBytes);
    if (scratch === null) continue;
    const pairs = { ...scratch, sizeBytes: 4 * planeBytes };
    const held = isHeldBack
      ? { ...scratch, offsetBytes: scratch.offsetBytes + 4 * planeBytes, sizeBytes: heldBytes }
      : null;
    return { pixels, planeBytes, pairs, held };
  }
  return null;
}

function finishOf(layer: Layer, channels: number): SumFinish {
  const { operator, inputs: [input, weightsOperand, biasOperand], outputs: [output] } = layer;
  const weights = numbersOf(weightsOperand!.tensor);
  const inputZero = zeroPointOf(input!.tensor);
  const byChannel = byFilter(weights, channels);
  const taps = weights.length / channels;
  const given = biasOperand ? numbersOf(biasOperand.tensor) : new Int32Array(channels);
  const activation = operator.op === "DEPTHWISE_CONV_2D" ? operator.attributes.activation : "NONE";
  return prepareFinish({
    factors: channelFactors({
      input: input!.tensor,
      weights: weightsOperand!.tensor,
      bias: biasOperand?.tensor,
      output: output.tensor,
      activation: "NONE",
      channelAxis: 3,
      biasType: "int32",
      isFullyConnected: false,
    }),
    bias: Array.from({ length: channels }, (_, c) => {
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) sum += byChannel[c * taps + tap];
      return given[c] - inputZero * sum | 0;
    }),
    products: productBounds(byChannel, { channels, most: 255 }),
    outputZero: zeroPointOf(output.tensor),
    range: outputRange(activation, output.tensor),
  });
}
