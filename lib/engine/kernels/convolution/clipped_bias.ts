import type { Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, max, min, mul } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import type { IndexRange } from "../walk/index_range.ts";

/** Where the sums of a window start from, for every way in which the image's edge can cut it. */
export interface ClippedBias {
  /** Biases of all channels, one list for each way. */
  readonly region: Region;
  /** Start of the list for the taps given; null: all of them. */
  readonly listFor: (
    b: KernelBuilder,
    taps: { readonly rows: IndexRange; readonly columns: IndexRange | null },
  ) => Value;
}

/** What the lists are made from. */
export interface ClippedBiasOptions {
  readonly name: string;
  readonly window: SlidingWindow;
  /** Start of each channel's sum of `(x - zeroPoint) w`. */
  readonly bias: readonly number[];
  /** Channels of a vector: lists are whole ones. */
  readonly lanes: number;
  /** `-zeroPoint`, times what weights are multiplied by. */
  readonly perWeight: number;
  /** Weight of a channel at a tap, summed over the channels of the image. */
  readonly tapSum: (channel: number, row: number, column: number) => number;
}

/**
 * Sums of `x w` in place of `(x - zeroPoint) w` start from `bias - zeroPoint * (sum of w)`, over the
 * taps that fall on the image: padding counts for nothing. There are few ways to be cut, so each has
 * a list of its own.
 */
export function prepareClippedBias(
  constants: ConstantPool,
  { name, window, bias, lanes, perWeight, tapSum }: ClippedBiasOptions,
): ClippedBias {
  const { kernelHeight, kernelWidth } = window;
  const rowCuts = cutsOf({
    outputs: window.outputHeight,
    stride: window.strideH,
    before: window.top,
    dilation: window.dilationH,
    taps: kernelHeight,
    extent: window.inputHeight,
  });
  const columnCuts = cutsOf({
    outputs: window.outputWidth,
    stride: window.strideW,
    before: window.left,
    dilation: window.dilationW,
    taps: kernelWidth,
    extent: window.inputWidth,
  });
  const listBytes = Math.ceil(bias.length / lanes) * lanes * 4;
  const lists = new Int32Array(rowCuts.length * columnCuts.length * listBytes / 4);
  bias.forEach((start, channel) => {
    const sums = Array.from(
      { length: kernelHeight * kernelWidth },
      (_, tap) => tapSum(channel, Math.floor(tap / kernelWidth), tap % kernelWidth),
    );
    rowCuts.forEach((rows, i) => {
      columnCuts.forEach((columns, j) => {
        let sum = 0;
        for (let p = rows.from; p < rows.until; p++) {
          for (let q = columns.from; q < columns.until; q++) sum += sums[p * kernelWidth + q];
        }
        const first = (i * columnCuts.length + j) * listBytes / 4;
        lists[first + channel] = start + perWeight * sum;
      });
    });
  });
  const region = constants.place(`${name}_bias`, new Uint8Array(lists.buffer));
  const lookup = (what: string, cuts: readonly Cut[], taps: number, bytes: number) => {
    const table = new Int32Array((taps + 1) ** 2);
    cuts.forEach(({ from, until }, i) => table[from * (taps + 1) + until] = i * bytes);
    return constants.place(`${name}_${what}`, new Uint8Array(table.buffer));
  };
  const rowTable = lookup("row_cuts", rowCuts, kernelHeight, columnCuts.length * listBytes);
  const columnTable = lookup("column_cuts", columnCuts, kernelWidth, listBytes);
  const offsetOf = (b: KernelBuilder, table: Region, taps: number, range: IndexRange): Value => {
    const from = min(range.from, taps);
    const index = add(mul(from, taps + 1), max(from, max(range.until, 0)));
    return b.load("i32.load", { region: table, address: add(start(table), mul(index, 4)) });
  };
  const uncut = columnCuts.findIndex(({ from, until }) => from === 0 && until === kernelWidth);
  return {
    region,
    listFor: (b, { rows, columns }) => {
      const row = rowCuts.length === 1 ? 0 : offsetOf(b, rowTable, kernelHeight, rows);
      const column = columns === null
        ? uncut * listBytes
        : offsetOf(b, columnTable, kernelWidth, columns);
      return add(start(region), add(row, column));
    },
  };
}

/** Taps `[from, until)` of a window that fall on the image. */
interface Cut {
  readonly from: number;
  readonly until: number;
}

function cutsOf(
  { outputs, stride, before, dilation, taps, extent }: {
    readonly outputs: number;
    readonly stride: number;
    readonly before: number;
    readonly dilation: number;
    readonly taps: number;
    readonly extent: number;
  },
): readonly Cut[] {
  const cuts = new Map<string, Cut>();
  for (let i = 0; i < outputs; i++) {
    const begin = i * stride - before;
    const from = Math.min(taps, Math.max(0, Math.ceil(-begin / dilation)));
    const reach = Math.ceil((extent - begin) / dilation);
    const until = Math.max(from, Math.min(taps, reach));
    cuts.set(`${from} ${until}`, { from, until });
  }
  return [...cuts.values()];
}
