import {
  accessPattern,
  caches,
  type ConvShape,
  convVariants,
  count,
  countArithmetic,
  countStages,
  memoryUse,
  type Pipeline,
  simulateCache,
} from "tinyloom";
import { assert, assertEquals, assertGreater } from "../assert.ts";

const layer: ConvShape = {
  height: 16,
  width: 12,
  inChannels: 8,
  outChannels: 16,
  kernel: [3, 3],
  padding: "same",
};
const pixels = 16 * 12;

Deno.test("im2col's matrix takes outputs x kernel x channels elements, two columns of it two", () => {
  const { im2col, im2col2 } = convVariants(layer);
  assertEquals(memoryUse(im2col!).scratch.M, pixels * 9 * 8 * 4);
  assertEquals(memoryUse(im2col2!).scratch.M, 2 * 9 * 8 * 4);
  const narrow = convVariants({ ...layer, dtype: "i8" });
  assertEquals(memoryUse(narrow.im2col!).scratch.M, pixels * 9 * 8 * 2);
  assertEquals(memoryUse(narrow.im2col2!).scratch.M, 2 * 9 * 8 * 2);
});

Deno.test("implicit im2col needs the padded input alone, and nothing where there is no padding", () => {
  assertEquals(memoryUse(convVariants(layer).implicit!).scratchBytes, 18 * 14 * 8 * 4);
  const { implicit } = convVariants({ ...layer, padding: "valid" });
  assertEquals(memoryUse(implicit!).scratchBytes, 0);
});

Deno.test("a depthwise layer out of place holds 2 N channels, in place N + 1", () => {
  const plane = 16 * 12 * 4;
  const shape = { ...layer, outChannels: 8, depthwise: true };
  const { direct, inPlaceChannel, inPlaceRows } = convVariants(shape);
  const outOfPlace = memoryUse(direct, { weights: ["W"] });
  assertEquals(outOfPlace.activationBytes, 2 * 8 * plane);
  assertEquals(outOfPlace.weightBytes, 9 * 8 * 4);
  const inPlace = memoryUse(inPlaceChannel!);
  assertEquals(inPlace.outputBytes, 0);
  // The one channel has its padding around it.
  assertEquals(inPlace.activationBytes, 8 * plane + 18 * 14 * 4);
  assertEquals(memoryUse(inPlaceRows!).activationBytes, 8 * plane + 3 * 14 * 8 * 4);
  const onePixel = convVariants({ ...shape, kernel: [1, 1] });
  assertEquals(memoryUse(onePixel.inPlaceChannel!).activationBytes, (8 + 1) * plane);
});

Deno.test("Winograd multiplies 16 C and 36 C times for 4 and 16 outputs, plain sums 36 C and 144 C", () => {
  const { direct, winograd2, winograd4 } = convVariants(layer);
  const multiplications = (each: typeof winograd2) => countArithmetic(each!).multiplications;
  const outputs = pixels * 16;
  assertEquals(multiplications(direct) / outputs, 36 * 8 / 4);
  assertEquals(multiplications(winograd2) / outputs, 16 * 8 / 4);
  assertEquals(multiplications(winograd4) / outputs, 36 * 8 / 16);
  assertEquals(multiplications(direct) / multiplications(winograd2), 2.25);
  assertEquals(multiplications(direct) / multiplications(winograd4), 4);
});

Deno.test("what the transforms of 2 x 2 tiles add: 32 additions a tile and channel in, 24 out", () => {
  const valid: ConvShape = { ...layer, height: 6, width: 6, padding: "valid" };
  const { winograd2 } = convVariants(valid);
  const { additions, scalings, multiplications } = countArithmetic(winograd2!);
  const tiles = 4;
  // Columns of the input are shared by the tiles of a row: 6 of them for two tiles, not 8.
  const input = 8 * (2 * 6 * 4 + tiles * 16);
  const output = 16 * tiles * (8 * 2 + 4 * 2);
  assertEquals(scalings, 0);
  assertEquals(additions - multiplications, input + output);
});

Deno.test("weights are packed and transformed ahead of time, and counted apart", () => {
  const { winograd2 } = convVariants(layer);
  const stages = countStages(winograd2 as Pipeline);
  const ahead = stages.filter((stage) => stage.ahead);
  assertEquals(ahead.map(({ title }) => title).filter((title, at, all) => all[at - 1] !== title), [
    "transform kernels along columns",
    "transform kernels along rows",
    "pack weights to 16 matrix products",
  ]);
  const run = stages.filter((stage) => !stage.ahead);
  const total = count(winograd2!);
  for (const name of ["loads", "stores", "arithmetic"] as const) {
    const sum = run.reduce((all, { counts }) => all + counts[name], 0);
    assertEquals(sum, total[name], name);
  }
  const { preparedBytes, scratch } = memoryUse(winograd2!);
  assertEquals(preparedBytes, scratch.G + scratch.U + scratch.Up);
});

Deno.test("along channels NHWC is read in sequence and NCHW jumps by planes", () => {
  const shape: ConvShape = { ...layer, kernel: [1, 1], padding: "valid" };
  const { direct, directNchw } = convVariants(shape);
  const share = (each: typeof direct) => {
    const { sequential, strided, accesses } = accessPattern(each)
      .find(({ buffer }) => buffer === "I")!;
    return { sequential: sequential / accesses, strided: strided / accesses };
  };
  assertGreater(share(direct).sequential, 0.85);
  assertGreater(share(directNchw as typeof direct).strided, 0.99);
  assertEquals(count(direct).innermost.strides.I, 1);
});

Deno.test("depthwise taps of NCHW are neighbours, those of NHWC a pixel apart", () => {
  const { direct, directNchw } = convVariants({ ...layer, outChannels: 8, depthwise: true });
  assertEquals(count(direct).innermost.strides.I, 8);
  assertEquals(count(directNchw!).innermost.strides.I, 1);
});

Deno.test("NCHW misses the cache of a microcontroller more often in a pointwise layer", () => {
  const { direct, directNchw } = convVariants({
    ...layer,
    height: 32,
    width: 32,
    inChannels: 32,
    kernel: [1, 1],
    dtype: "i8",
  });
  const misses = (each: typeof direct) => simulateCache(each, caches.cortexM7)[0].missesByTensor.I;
  assertGreater(misses(directNchw as typeof direct), 4 * misses(direct));
});

Deno.test("a ring of rows and a channel's buffer read the input once each", () => {
  const { inPlaceChannel, inPlaceRows } = convVariants({
    ...layer,
    outChannels: 8,
    depthwise: true,
  });
  for (const each of [inPlaceChannel!, inPlaceRows!]) {
    const input = accessPattern(each).find(({ buffer }) => buffer === "I")!;
    assert(input.accesses <= pixels * 8);
  }
});
