import fc from "fast-check";
import { type Image, pixelRange, readFrames, resizeImage } from "../../../mod.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { pngFile } from "./png_file.ts";
import { modelOf, quantizing, real, tensor } from "./single_tensor.ts";

const grey = (width: number, ...values: number[]): Image => ({
  width,
  height: values.length / width,
  channels: 1,
  values: Float32Array.from(values),
});

function close(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  assertEquals(actual.length, expected.length);
  expected.forEach((value, i) =>
    assert(Math.abs(actual[i] - value) <= tolerance, `${Array.from(actual)}: ${expected}`)
  );
}

Deno.test("enlarging interpolates between the centres of pixels", () => {
  close(resizeImage(grey(2, 0, 1, 1, 0), { width: 4, height: 2 }).values, [
    0,
    0.25,
    0.75,
    1,
    1,
    0.75,
    0.25,
    0,
  ], 1e-7);
  close(resizeImage(grey(1, 0.4), { width: 2, height: 3 }).values, Array(6).fill(0.4), 1e-7);
});

Deno.test("shrinking averages by a triangle over what a pixel covers", () => {
  // Centres 1 and 3, reach 2: weights 3 3 1 of the pixels 0 1 2, and 1 3 3 of 1 2 3.
  close(resizeImage(grey(4, 0, 1, 2, 3), { width: 2, height: 1 }).values, [5 / 7, 16 / 7], 1e-6);
  close(resizeImage(grey(1, 0, 1, 2, 3), { width: 1, height: 2 }).values, [5 / 7, 16 / 7], 1e-6);
  // Single pixels in between are not skipped.
  const stripes = grey(64, ...Array.from({ length: 64 }, (_, i) => i % 2));
  close(resizeImage(stripes, { width: 4, height: 1 }).values, Array(4).fill(0.5), 0.01);
});

Deno.test("resized pixels stay between the darkest and the brightest, channels apart", () => {
  const size = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(
      size,
      size,
      size,
      size,
      fc.constantFrom(1 as const, 3 as const),
      fc.nat(),
      (w, h, width, height, channels, seed) => {
        const values = Float32Array.from(
          { length: w * h * channels },
          (_, i) => (i % channels) + (seed + i * i) % 7 / 10,
        );
        const result = resizeImage({ width: w, height: h, channels, values }, { width, height });
        assertEquals(result.values.length, width * height * channels);
        result.values.forEach((value, i) => {
          assert(value >= i % channels - 1e-6 && value <= i % channels + 0.6 + 1e-6);
        });
        if (w === width && h === height) assertEquals(result.values, values);
      },
    ),
    { seed: 1 },
  );
  assertThrows(() => resizeImage(grey(1, 0), { width: 0, height: 3 }), RangeError, "size 0 x 3");
});

Deno.test("the range of pixels follows the input's integers", () => {
  const of = (dtype: "int8" | "uint8" | "int16", scale: number, zeroPoint: number) => {
    const quantization = { scales: [scale], zeroPoints: [zeroPoint], axis: 0 };
    return pixelRange(modelOf(tensor([1, 2, 2, 3], { dtype, quantization })), 0);
  };
  assertEquals(of("int8", 1 / 255, -128), [0, 1]);
  assertEquals(of("int8", 1 / 256, -128), [0, 1]);
  assertEquals(of("uint8", 1 / 255, 0), [0, 1]);
  assertEquals(of("int8", 0.00784313772, -1), [-1, 1]);
  assertEquals(of("int8", 1 / 128, 0), [-1, 1]);
  assertEquals(of("uint8", 1 / 128, 128), [-1, 1]);
  assertEquals(of("int16", 1 / 32768, 0), [-1, 1]);
  assertEquals(of("int8", 1, -128), [0, 255]);
  assertEquals(of("uint8", 1, 0), [0, 255]);
  // Normalised by mean and deviation: all that the integers span.
  assertEquals(of("int8", 0.25, 0), [-32, 31.75]);
  const none = { quantization: null };
  assertEquals(pixelRange(modelOf(tensor([1, 2, 2, 1], { dtype: "uint8", ...none })), 0), [0, 255]);
  assertEquals(pixelRange(modelOf(tensor([1, 2, 2, 1], none)), 0), [-128, 127]);
  assertThrows(
    () => pixelRange(modelOf(tensor([1, 2, 2, 1], { dtype: "int64", ...none })), 0),
    TypeError,
    "of int64",
  );
});

Deno.test("a float32 input goes by the QUANTIZE that reads it, or else is [-1, 1]", () => {
  const quantization = { scales: [1 / 255], zeroPoints: [-128], axis: 0 };
  const output = tensor([1, 2, 2, 3], { quantization });
  assertEquals(pixelRange(quantizing(real([1, 2, 2, 3]), output), 0), [0, 1]);
  assertEquals(pixelRange(modelOf(real([1, 2, 2, 3])), 0), [-1, 1]);
});

Deno.test("an image becomes the input's channels, size and integers", async () => {
  const quantization = { scales: [1 / 255], zeroPoints: [-128], axis: 0 };
  const png = (colour: 0 | 2 | 4 | 6, samples: readonly number[], width = 2) => ({
    name: "photo.PNG",
    bytes: pngFile({ width, height: 1, colour, depth: 8, samples }),
  });
  const input = (...shape: number[]) => modelOf(tensor(shape, { quantization }));
  const values = async (...of: Parameters<typeof readFrames>) =>
    [...(await readFrames(...of))[0][0]].map(Number);
  assertEquals(await values([png(0, [0, 255])], input(1, 1, 2, 1)), [-128, 127]);
  assertEquals(await values([png(0, [0, 255])], input(1, 1, 2, 3)), [
    -128,
    -128,
    -128,
    127,
    127,
    127,
  ]);
  // Luminance: 76.2, 149.7, 29.1 of 255.
  assertEquals(await values([png(2, [255, 0, 0, 0, 255, 0, 0, 0, 255], 3)], input(1, 1, 3, 1)), [
    -52,
    22,
    -99,
  ]);
  // On black.
  assertEquals(await values([png(6, [255, 100, 50, 51, 255, 100, 50, 255])], input(1, 1, 2, 3)), [
    -77,
    -108,
    -118,
    127,
    -28,
    -78,
  ]);
  assertEquals(await values([png(4, [255, 0, 200, 255])], input(1, 1, 2, 1)), [-128, 72]);
  assertEquals(await values([png(0, [0, 255])], input(1, 4, 1)), [-128, -64, 63, 127]);
  assertEquals(await values([png(0, [0, 255])], input(1, 1, 4)), [-128, -64, 63, 127]);
  // A range of the user's saturates where the integers end.
  assertEquals(await values([png(0, [0, 255])], input(1, 1, 2, 1), { range: [0.6, 7] }), [25, 127]);
  assertEquals(await values([png(0, [0, 255])], modelOf(real([1, 1, 2, 1]))), [-1, 1]);
  assertEquals(
    await values(
      [png(0, [0, 255])],
      modelOf(tensor([1, 1, 2, 1], { dtype: "uint8", quantization: null })),
    ),
    [0, 255],
  );
  await assertRejects(
    () => readFrames([png(0, [0, 255])], input(1, 640)),
    TypeError,
    'photo.PNG: an image for input "x" of shape [1,640], needed [1, height, width, 1 or 3]',
  );
  await assertRejects(
    () => readFrames([{ name: "a.png", bytes: new Uint8Array(9) }], input(1, 1, 2, 1)),
    TypeError,
    "a.png: an image that is neither PNG nor JPEG",
  );
});

Deno.test("onImage hears how an image was read", async () => {
  const bytes = pngFile({ width: 3, height: 2, colour: 0, depth: 1, samples: [0, 1, 0, 1, 0, 1] });
  const heard: unknown[] = [];
  await readFrames([{ name: "a.png", bytes }], modelOf(real([1, 4, 4, 1])), {
    onImage: (image) => heard.push(image),
  });
  const size = { width: 3, height: 2, inputWidth: 4, inputHeight: 4, fit: "stretch" };
  assertEquals(heard, [{ name: "a.png", ...size, range: [-1, 1] }]);
});

Deno.test("cropping takes the middle, letterboxing puts all on black", () => {
  const values = new Float32Array([1, 2, 3, 4, 5, 6]);
  const wide: Image = { width: 6, height: 1, channels: 1, values };
  const fitted = (image: Image, width: number, height: number, fit: "crop" | "letterbox") => [
    ...resizeImage(image, { width, height, fit }).values,
  ];
  assertEquals(fitted(wide, 2, 1, "crop"), [3, 4]);
  assertEquals(fitted(wide, 1, 1, "crop"), [3]);
  assertEquals(fitted(wide, 6, 3, "letterbox"), [
    ...Array(6).fill(0),
    ...values,
    ...Array(6).fill(0),
  ]);
  const high: Image = { width: 1, height: 3, channels: 1, values: values.slice(0, 3) };
  assertEquals(fitted(high, 3, 3, "letterbox"), [0, 1, 0, 0, 2, 0, 0, 3, 0]);
  assertEquals(fitted(high, 2, 2, "crop"), [2, 2, 2, 2]);
  const colours: Image = { width: 2, height: 1, channels: 3, values };
  assertEquals(fitted(colours, 1, 1, "crop"), [1, 2, 3]);
  // Of the same proportions all three are one.
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }), (scale, size) => {
      const image: Image = {
        width: 3 * size,
        height: 2 * size,
        channels: 1,
        values: Float32Array.from({ length: 6 * size * size }, (_, at) => at * 37 % 11),
      };
      const to = { width: 3 * scale, height: 2 * scale };
      const stretched = resizeImage(image, to);
      assertEquals(resizeImage(image, { ...to, fit: "crop" }), stretched);
      assertEquals(resizeImage(image, { ...to, fit: "letterbox" }), stretched);
    }),
    { seed: 1, numRuns: 30 },
  );
  assertThrows(
    () => resizeImage(wide, { width: 1, height: 1, fit: "zoom" as "crop" }),
    RangeError,
    'fit "zoom", needed one of stretch, crop, letterbox',
  );
});
