/**
 * Which way to compute a convolution wins where: all layer shapes of real models, all variants, a
 * table of winners and a heat map.
 *
 * Run: deno run -A examples/conv_sweep.ts [--quick] [--i8]
 */
import {
  benchConv,
  chartConvSweep,
  convShapes,
  convVariantNames,
  convVariants,
  convWinners,
  pseudocode,
  renderSvg,
  tableFromRows,
  tableToText,
  zoo,
} from "tinyloom";

const quick = Deno.args.includes("--quick");
const dtype: "f32" | "i8" = Deno.args.includes("--i8") ? "i8" : "f32";
const models = quick ? ["mlperf-tiny-kws"] : [
  "mobilenet_v2",
  "mcunet-in4",
  "mlperf-tiny-ic",
  "mlperf-tiny-kws",
];
const shapes = convShapes(models.map((name) => zoo(name))).map(({ shape }) => ({
  ...shape,
  dtype,
}));
console.log(pseudocode(convVariants(shapes[0]).direct));
const table = await benchConv(shapes, {
  variants: convVariantNames.filter((name) => !name.startsWith("direct")),
  budgetMs: quick ? 50 : 1000,
  settleMs: quick ? 0 : 100,
});
console.log(tableToText(tableFromRows(convWinners(table).map((row) => ({ ...row })))));
if (!quick) {
  const file = `conv_sweep_${dtype}.svg`;
  await Deno.writeTextFile(file, await renderSvg(chartConvSweep(table)));
  console.log(`wrote ${file}`);
}
