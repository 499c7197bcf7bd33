/**
 * Winograd convolution: fewer multiplications for more additions. The nests of its transforms, the
 * counts, the rounding errors of larger tiles, and the time.
 *
 * Run: deno run -A examples/winograd.ts [--quick]
 */
import {
  benchConv,
  briefConvColumns,
  convErrors,
  convVariants,
  countArithmetic,
  pseudocode,
  tableFromRows,
  tableToText,
} from "tinyloom";

const quick = Deno.args.includes("--quick");
const shape = {
  height: quick ? 8 : 28,
  width: quick ? 8 : 28,
  inChannels: quick ? 8 : 64,
  outChannels: quick ? 8 : 64,
  kernel: [3, 3],
  padding: "same",
} as const;
const { implicit, winograd2, winograd4 } = convVariants(shape);
console.log(pseudocode(winograd2!));

const outputs = shape.height * shape.width * shape.outChannels;
const counts = Object.entries({ implicit, winograd2, winograd4 }).map(([variant, computation]) => {
  const { multiplications, scalings, additions } = countArithmetic(computation!);
  return {
    variant,
    multiplicationsPerOutput: multiplications / outputs,
    scalingsPerOutput: scalings / outputs,
    additionsPerOutput: additions / outputs,
  };
});
console.log("Operations of one run:");
console.log(tableToText(tableFromRows(counts)));
console.log("Rounding errors against float64:");
console.log(tableToText(tableFromRows(convErrors(shape).map((row) => ({ ...row })))));
const table = await benchConv(shape, {
  variants: ["implicit", "winograd2", "winograd4"],
  budgetMs: quick ? 100 : 4000,
  settleMs: quick ? 0 : 1000,
});
console.log(tableToText(table, { columns: [...briefConvColumns] }));
