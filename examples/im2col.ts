/**
 * im2col: a convolution written out as a matrix product, wholly, two columns at a time, and not at
 * all. What each takes in memory and time.
 *
 * Run: deno run -A examples/im2col.ts [--quick]
 */
import {
  benchConv,
  convTimingRows,
  convVariants,
  memoryUse,
  pseudocode,
  tableFromRows,
  tableToText,
} from "tinyloom";

const quick = Deno.args.includes("--quick");
const size = quick ? 8 : 28;
const shape = {
  height: size,
  width: size,
  inChannels: 32,
  outChannels: 32,
  kernel: [3, 3],
  padding: "same",
} as const;
const variants = convVariants(shape);
console.log(pseudocode(variants.im2col2!));

const inputBytes = size * size * 32 * 4;
const table = await benchConv(shape, {
  variants: ["implicit", "im2col", "im2col2"],
  budgetMs: quick ? 100 : 4000,
  settleMs: quick ? 0 : 1000,
});
console.log(tableToText(tableFromRows(
  convTimingRows(table).map(({ kernel, minNs, gmacPerS }) => {
    const { M: matrixBytes = 0, P: paddedBytes } = memoryUse(variants[kernel as "im2col"]!).scratch;
    return {
      kernel,
      matrixBytes,
      paddedBytes,
      perInput: matrixBytes / inputBytes,
      minNs,
      gmacPerS,
    };
  }),
)));
