import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { start } from "../../../kernel/kernel_builder.ts";
import { add, mul, sub } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import { clipsRows } from "../walk/window_taps.ts";
import { depthwise3Function, depthwise3Name, rowMode, TILE } from "./depthwise3_function.ts";
import { type DepthwiseBlock, type DepthwiseLayer, fillColumns } from "./depthwise_block.ts";
import { depthwise3Bytes, packDepthwise3 } from "./pack_depthwise.ts";
import { roleOf } from "./regions.ts";

/** 3 x 3 taps: all groups of channels in one call; null for other windows. */
export function depthwise3Block(of: DepthwiseLayer): DepthwiseBlock | null {
  const { layer: { library, inputs: [input] }, window, channels, weights, finish } = of;
  if (!isThree(window)) return null;
  const { strideW } = window;
  const columnsOf = (pixels: number) => (pixels - 1) * strideW + 3;
  // Sizes are powers of two so that layers share functions.
  const planeOf = (pixels: number) =>
    Math.max(64, 2 ** Math.ceil(Math.log2(8 * columnsOf(pixels))));
  const modes = modesOf(window);
  const groupBytes = 4 * depthwise3Bytes(finish);
  return {
    name: `3x3 ${TILE}x4 dsp ${finish.key}`,
    pairsBytes: (pixels) => 4 * planeOf(pixels),
    packed: () => packDepthwise3(weights, { channels, finish }),
    groupBytes,
    emitter: ({ b, pixels, pairs, weights: packed, output }) => {
      const planeBytes = planeOf(pixels);
      const regions = {
        input: roleOf("input", input!.region),
        output: roleOf("output", output),
        weights: roleOf("weights", packed),
        pairs: roleOf("pairs", pairs),
      };
      const used = new Map<string, KernelCode>();
      const functionFor = (count: number) => {
        const [rest, hasTiles] = [count % TILE, count >= TILE];
        const shape = { strideW, rest, hasTiles, planeBytes, modes, finish };
        const name = depthwise3Name(shape);
        const known = used.get(name) ?? library.share(depthwise3Function(shape, regions), name);
        used.set(name, known);
        return known.name;
      };
      return {
        compute: ({ count, columns, rows, x, mover }, groups) => {
          const beside = { pairs, planeBytes, zeros: of.zeros };
          fillColumns(b, { ...beside, from: 0, until: columns.from });
          fillColumns(b, { ...beside, from: columns.until, until: columnsOf(count) });
          const pointer = b.let("next", x);
          const goOn = mover(pointer);
          const distances = [1, 2].map((): Value => {
            goOn();
            return b.let("distance", sub(pointer, x));
          });
          const mode = rows === null
            ? 0
            : add(rows.from, mul(sub(3, rows.until), rowMode.isLastMissing));
          const tileBytes = 8 * strideW * (count - count % TILE);
          b.call(functionFor(count), [
            groups.x,
            groups.y,
            groups.w,
            add(groups.w, groups.count * groupBytes),
            start(pairs),
            start(pairs, 8 * columns.from),
            start(pairs, 8 * columns.until),
            distances[0],
            distances[1],
            mode,
            window.inputPixelBytes,
            groups.resultBytes,
            of.zeros,
            of.outputZero,
            tileBytes,
            start(pairs, 4 * planeBytes),
            planeBytes - tileBytes,
            // A rest is stored by two: one pixel too many is counted where it is odd.
            1 - groups.resultBytes * (count + count % 2),
          ]);
        },
        code: () => [...used.values()],
      };
    },
  };
}

function isThree(window: SlidingWindow): boolean {
  const { kernelHeight, kernelWidth, strideW, dilationW, dilationH, top, left } = window;
  const isLow = (window.outputHeight - 1) * window.strideH - top + 2 <= window.inputHeight;
  return kernelHeight === 3 && kernelWidth === 3 && strideW <= 2 && dilationW === 1 &&
    dilationH === 1 && top <= 1 && left <= 1 && isLow;
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
