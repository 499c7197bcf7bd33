/**
 * In-place depthwise convolution: N + 1 channels of memory in place of 2 N, and a ring of rows. The
 * bytes come from the buffers of each variant; that none reads what it has overwritten is checked.
 *
 * Run: deno run -A examples/in_place_depthwise.ts [--quick]
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
const shape = {
  height: quick ? 8 : 20,
  width: quick ? 8 : 20,
  inChannels: quick ? 16 : 160,
  outChannels: quick ? 16 : 160,
  kernel: [3, 3],
  padding: "same",
  depthwise: true,
} as const;
const variants = convVariants(shape);
console.log(pseudocode(variants.inPlaceChannel!));

const channelBytes = shape.height * shape.width * 4;
const table = await benchConv(shape, {
  variants: ["direct", "channels", "inPlaceChannel", "inPlaceRows"],
  budgetMs: quick ? 100 : 3000,
  settleMs: quick ? 0 : 1000,
});
console.log(`N is ${shape.inChannels} channels of ${channelBytes} bytes.`);
console.log(tableToText(tableFromRows(
  convTimingRows(table).map(({ kernel, minNs, speedup }) => {
    const { activationBytes } = memoryUse(variants[kernel as "inPlaceRows"]!, { weights: ["W"] });
    return { kernel, activationBytes, channels: activationBytes / channelBytes, minNs, speedup };
  }),
)));
