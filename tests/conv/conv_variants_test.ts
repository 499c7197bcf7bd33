import {
  bench,
  benchConv,
  chartConvSweep,
  convErrors,
  convShapes,
  convShapeText,
  convVariants,
  convWinners,
  parseConvShape,
  renderSvg,
  timingRows,
  zoo,
} from "tinyloom";
import { assert, assertEquals, assertGreater, assertLess, assertThrows } from "../assert.ts";

const square = { height: 8, width: 8, inChannels: 4, outChannels: 4, kernel: [3, 3] } as const;
const names = (options: Parameters<typeof convVariants>[0]) => Object.keys(convVariants(options));

Deno.test("only variants that fit a layer are there", () => {
  assertEquals(names({ ...square, stride: 2 }), [
    "direct",
    "directNchw",
    "implicit",
    "im2col",
    "im2col2",
  ]);
  assertEquals(names({ ...square, kernel: [1, 1] }), [
    "direct",
    "directNchw",
    "implicit",
    "planes",
    "viaPlanes",
  ]);
  assert(!names({ ...square, dtype: "i8" }).includes("winograd4"));
  const depthwise = { ...square, depthwise: true } as const;
  assertEquals(names({ ...depthwise, padding: "same" }), [
    "direct",
    "directNchw",
    "channels",
    "inPlaceChannel",
    "inPlaceRows",
    "planes",
    "viaPlanes",
  ]);
  assertEquals(names({ ...depthwise, stride: 2 }), ["direct", "directNchw", "channels"]);
  assert(!names({ ...depthwise, padding: "same", dtype: "i8" }).includes("inPlaceRows"));
});

Deno.test("a depthwise layer with other outputs than inputs is refused", () => {
  assertThrows(
    () => convVariants({ ...square, outChannels: 8, depthwise: true }),
    TypeError,
    "A depthwise convolution keeps its 4 channels, found 8 for the output",
  );
});

Deno.test("bench times all variants of a layer against each other, each of them right", async () => {
  const { table } = await bench(convVariants(square), { budgetMs: 100, settleMs: 0 });
  const rows = timingRows(table);
  assertEquals(rows.map(({ kernel }) => kernel), names(square));
  assertEquals(new Set(rows.map(({ shape }) => shape)), new Set(["1x8x8x4,3x3x4"]));
  assert(rows.every(({ verified, speedup }) => verified && speedup !== null));
});

Deno.test("the shape of a layer is read as it is written", () => {
  for (const text of ["1x28x28x64,3x3x64,s2,same", "1x7x5x3,1x2x4", "1x9x9x8,5x5x8,same,dw"]) {
    assertEquals(convShapeText(parseConvShape(text)), text);
  }
  const refused = (text: string) => assertThrows(() => parseConvShape(text), RangeError, text);
  for (const text of ["28x28x64,3x3x64", "1x28x28x64,3x64", "2x8x8x1,3x3x1", "1x8x8x1,3x3x1,s0"]) {
    refused(text);
  }
});

Deno.test("shapes of models are listed once, with the layers that have them", () => {
  const resnet = convShapes([zoo("mlperf-tiny-ic"), zoo("mlperf-tiny-ic")]);
  assertEquals(
    resnet.map(({ shape, layers }) => `${convShapeText(shape)} ${layers}`),
    [
      "1x32x32x3,3x3x16,same 2",
      "1x32x32x16,3x3x16,same 4",
      "1x32x32x16,3x3x32,s2,same 2",
      "1x16x16x32,3x3x32,same 2",
      "1x32x32x16,1x1x32,s2,same 2",
      "1x16x16x32,3x3x64,s2,same 2",
      "1x8x8x64,3x3x64,same 2",
      "1x16x16x32,1x1x64,s2,same 2",
    ],
  );
});

Deno.test("larger Winograd tiles round worse, within what verification allows", () => {
  const errors = convErrors({ ...square, inChannels: 32, height: 16, width: 16 }, { seed: 3 });
  const [direct, , tiles2, tiles4] = errors;
  for (const { maxError, tolerance } of errors) assertLess(maxError, tolerance);
  assertGreater(tiles4.relativeError, 2 * direct.relativeError);
  assertGreater(tiles4.relativeError, 2 * tiles2.relativeError);
});

Deno.test("a sweep names a winner for every layer and draws where each wins", async () => {
  const table = await benchConv([square, { ...square, kernel: [1, 1] }], {
    variants: ["implicit", "im2col"],
    budgetMs: 60,
    settleMs: 0,
  });
  const winners = convWinners(table);
  assertEquals(winners.map(({ shape }) => shape), ["1x8x8x4,3x3x4", "1x8x8x4,1x1x4"]);
  assertEquals([winners[1].winner, winners[1].next, winners[1].lead], ["implicit", null, null]);
  assertGreater(winners[0].lead!, 0.999);
  const svg = await renderSvg(chartConvSweep(table));
  for (const text of ["pointwise", "other kernels", "im2col", "1x8x8x4,3x3x4 f32"]) {
    assert(svg.includes(text), text);
  }
});
