import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { start } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, mul, sub } from "../../../kernel/values.ts";
import type {
  ChannelGroups,
  DepthwiseBlock,
  DepthwiseLayer,
  EmitterOptions,
} from "../dsp/depthwise_block.ts";
import { roleOf } from "../dsp/regions.ts";
import { forRange, rangeOf } from "../walk/index_range.ts";
import type { RowTile } from "../walk/row_tiles.ts";
import { copyWindow } from "./copy_window.ts";
import { depthwiseFunction, depthwiseName, MOST_MOVE } from "./depthwise_function.ts";
import { type PreparedVectorFinish, prepareVectorFinish } from "./finish_vectors.ts";
import { HELIUM_LANES, lanesBytes, packHeliumDepthwise } from "./pack_weights.ts";

/**
 * Pixel by pixel, eight channels at a time, from where elements lie; windows that reach beyond the image
 * are copied with zero points around them, in so many parts of the channels. Null for numbers of channels and windows that it is not for.
 */
export function depthwiseLanesBlock(of: DepthwiseLayer, parts: number): DepthwiseBlock | null {
  const { layer: { step, call, target }, window, channels } = of;
  const { kernelHeight, kernelWidth, dilationW, dilationH } = window;
  if (target !== "helium" || channels % HELIUM_LANES !== 0 || dilationW !== 1 || dilationH !== 1) {
    return null;
  }
  // Results may lie over elements of pixels before them, and of channels before them.
  const isReverse = step.form !== "plain" && step.direction === "reverse" && call === null &&
    step.delayPixels === 0;
  const finish = prepareVectorFinish(of.sums);
  const taps = kernelHeight * kernelWidth;
  const partChannels = channels / parts;
  if (partChannels % HELIUM_LANES !== 0) return null;
  return {
    name: `${kernelHeight}x${kernelWidth} 1x${HELIUM_LANES} helium ${finish.key}`,
    pairsBytes: () => taps * partChannels,
    packed: () => packHeliumDepthwise(of.weights, { channels, finish }),
    groupBytes: lanesBytes(taps, finish) / 2,
    needsAllChannels: true,
    emitter: (options) => {
      const code = new Set<KernelCode>();
      const emit = new LanesEmitter(of, { ...options, code, finish, parts, isReverse });
      return { compute: (tile, groups) => emit.tile(tile, groups), code: () => [...code] };
    },
  };
}

type LanesOptions = EmitterOptions & {
  readonly code: Set<KernelCode>;
  readonly finish: PreparedVectorFinish;
  /** Parts of the channels in which windows are copied. */
  readonly parts: number;
  /** Whether pixels, and parts of their channels, are computed from copies in reverse. */
  readonly isReverse: boolean;
};

class LanesEmitter {
  readonly #of: DepthwiseLayer;
  readonly #to: LanesOptions;

  constructor(of: DepthwiseLayer, to: LanesOptions) {
    this.#of = of;
    this.#to = to;
  }

  /** Pixels whose windows lie within the image together, all others one by one. */
  tile(tile: RowTile, groups: ChannelGroups): void {
    const { window: { strideW, kernelWidth }, channels } = this.#of;
    const { count, columns } = tile;
    const isInside = (p: number) =>
      p * strideW >= columns.from && p * strideW + kernelWidth <= columns.until;
    const inside = Array.from({ length: count }, (_, p) => p).filter(isInside);
    const [first, until] = inside.length === 0 ? [count, count] : [inside[0], inside.at(-1)! + 1];
    const at = (p: number) => ({
      x: add(tile.x, (p * strideW - columns.from) * channels),
      y: add(groups.y, p * groups.resultBytes),
    });
    const border = (from: number, until: number) => () => {
      for (let i = from; i < until; i++) {
        const p = this.#to.isReverse ? from + until - 1 - i : i;
        this.#border(tile, { groups, p, y: at(p).y });
      }
    };
    const middle = () => {
      if (first === until) return;
      const { w, count: fours } = groups;
      const direct = (toNextRow: readonly Value[]) =>
        this.#compute({ ...at(first), w, fours, count: until - first, toNextRow, isCopy: false });
      const copies = () => this.#copies(tile, { groups, first, until });
      if (this.#to.isReverse) copies();
      else this.#wholeRows(tile, { direct, copies });
    };
    const parts = [border(0, first), middle, border(until, count)];
    for (const part of this.#to.isReverse ? parts.toReversed() : parts) part();
  }

  /** Directly where all rows of taps lie on the image, else from copies. */
  #wholeRows(
    { rows, rowBytes, x, mover }: RowTile,
    { direct, copies }: {
      readonly direct: (toNextRow: readonly Value[]) => void;
      readonly copies: () => void;
    },
  ): void {
    const { b } = this.#to;
    const { window: { kernelHeight, kernelWidth }, channels } = this.#of;
    const taken = kernelWidth * channels;
    const whole = () => {
      if (kernelHeight === 1) return direct([constant(0)]);
      if (rowBytes !== null) return direct([constant(rowBytes - taken)]);
      const row = b.let("row", x);
      const goOn = mover(row);
      direct(Array.from({ length: kernelHeight - 1 }, () => {
        const before = b.let("before", row);
        goOn();
        return b.let("to_next", sub(sub(row, before), taken));
      }));
    };
    if (rows === null) return whole();
    const isWhole = apply("i32.eq", [sub(rows.until, rows.from), kernelHeight]);
    b.if(isWhole, whole, copies);
  }

  /** Pixels all of whose columns of taps lie on the image, by a loop. */
  #copies(
    tile: RowTile,
    { groups, first, until }: {
      readonly groups: ChannelGroups;
      readonly first: number;
      readonly until: number;
    },
  ): void {
    const { b, isReverse } = this.#to;
    const { window: { strideW, kernelWidth }, channels } = this.#of;
    forRange(b, { name: "pixel", range: rangeOf(first, until), isReverse }, (pixel) => {
      const column = sub(mul(pixel, strideW), tile.columns.from);
      const x = b.let("x_pixel", add(tile.x, mul(column, channels)));
      const y = b.let("y_pixel", add(groups.y, mul(pixel, groups.resultBytes)));
      this.#copied(tile, { groups, x, y, columns: { from: 0, until: kernelWidth } });
    });
  }

  /** A pixel some of whose columns of taps do not lie on the image. */
  #border(
    tile: RowTile,
    { groups, p, y }: {
      readonly groups: ChannelGroups;
      readonly p: number;
      readonly y: Value;
    },
  ): void {
    const { window: { strideW, kernelWidth }, channels } = this.#of;
    const { columns } = tile;
    const from = Math.min(kernelWidth, Math.max(0, columns.from - p * strideW));
    const until = Math.max(from, Math.min(kernelWidth, columns.until - p * strideW));
    const x = add(tile.x, (p * strideW + from - columns.from) * channels);
    this.#copied(tile, { groups, x, y, columns: { from, until } });
  }

  /** A pixel from a copy of its window, from the first of its columns on the image. */
  #copied(
    tile: RowTile,
    { groups, x, y, columns }: {
      readonly groups: ChannelGroups;
      readonly x: Value;
      readonly y: Value;
      readonly columns: { readonly from: number; readonly until: number };
    },
  ): void {
    const { b, parts, isReverse, pairs, finish } = this.#to;
    const { window: { kernelHeight, kernelWidth }, channels } = this.#of;
    const partChannels = channels / parts;
    const partBytes = partChannels / HELIUM_LANES * lanesBytes(kernelHeight * kernelWidth, finish);
    forRange(b, { name: "part", range: rangeOf(0, parts), isReverse }, (part) => {
      const behind = mul(part, partChannels);
      const code = copyWindow(b, this.#of, {
        tile,
        x: add(x, behind),
        columns,
        bytes: partChannels,
        to: pairs,
      });
      code.forEach((each) => this.#to.code.add(each));
      this.#compute({
        x: start(pairs),
        y: add(y, behind),
        w: add(groups.w, mul(part, partBytes)),
        fours: partChannels / 4,
        count: 1,
        toNextRow: [constant(0)],
        isCopy: true,
      });
    });
  }

  #compute(
    { x, y, w, fours, count, toNextRow, isCopy }: {
      readonly x: Value;
      readonly y: Value;
      readonly w: Value;
      /** Channels, in fours. */
      readonly fours: number;
      readonly count: number;
      /** Bytes from behind a row of taps to the next: one number if it is always the same. */
      readonly toNextRow: readonly Value[];
      readonly isCopy: boolean;
    },
  ): void {
    const { layer: { inputs: [input], library }, window, channels, outputZero } = this.#of;
    const { b, finish, pairs, output, weights } = this.#to;
    const { kernelHeight, kernelWidth, strideW } = window;
    const bytes = isCopy ? 4 * fours : channels;
    const pixelBytes = bytes <= MOST_MOVE ? bytes : null;
    const isEven = toNextRow.length === 1;
    const addsPairs = Array.from(this.#of.weights).every((weight) => weight > -128);
    const shape = { kernelHeight, kernelWidth, pixelBytes, addsPairs, isEven, finish };
    const regions = {
      input: isCopy ? roleOf("columns", pairs) : roleOf("input", input!.region),
      output: roleOf("output", output),
      weights: roleOf("weights", weights),
    };
    const code = library.share(depthwiseFunction(shape, regions), depthwiseName(shape));
    this.#to.code.add(code);
    const weightBytes = fours * lanesBytes(kernelHeight * kernelWidth, finish) / 2;
    b.call(code.name, [
      x,
      y,
      add(y, count * 4 * fours),
      w,
      add(w, weightBytes),
      bytes,
      (strideW - 1) * channels,
      outputZero,
      ...toNextRow,
    ]);
  }
}
