import fc from "fast-check";
import { decodeImage } from "../../../mod.ts";
import { assertEquals, assertRejects } from "../../assert.ts";
import { chunk, pngFile, type PngSpec, samplesOf } from "./png_file.ts";

/** Colour types with their depths. */
const types = [
  [0, 1],
  [0, 2],
  [0, 4],
  [0, 8],
  [0, 16],
  [2, 8],
  [2, 16],
  [3, 1],
  [3, 2],
  [3, 4],
  [3, 8],
  [4, 8],
  [4, 16],
  [6, 8],
  [6, 16],
] as [PngSpec["colour"], number][];

for (const [colour, depth] of types) {
  Deno.test(`colour type ${colour} with ${depth} bits a sample: sizes, filters, interlacing`, async () => {
    const channels = samplesOf(colour);
    const most = 2 ** depth - 1;
    const palette = Array.from({ length: 3 * 2 ** Math.min(depth, 8) }, (_, i) => i * 53 % 256);
    const picture = fc.record({
      width: fc.integer({ min: 1, max: 19 }),
      height: fc.integer({ min: 1, max: 11 }),
      interlaced: fc.boolean(),
      filters: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 }),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(picture, async ({ width, height, seed, ...more }) => {
        const samples = Array.from(
          { length: width * height * channels },
          (_, i) => (seed + i * 40503 + (i * i * 977 >> 3)) % (most + 1),
        );
        const file = pngFile({
          width,
          height,
          colour,
          depth,
          samples,
          ...more,
          ...(colour === 3 && { palette }),
        });
        const expected = colour === 3
          ? samples.flatMap((index) =>
            palette.slice(3 * index, 3 * index + 3).map((each) => each / 255)
          )
          : samples.map((sample) => sample / most);
        const image = await decodeImage(file);
        assertEquals([image.width, image.height, image.channels], [
          width,
          height,
          colour === 3 ? 3 : channels,
        ]);
        assertEquals(image.values, Float32Array.from(expected));
      }),
      { seed: 1, numRuns: 30 },
    );
  });
}

Deno.test("transparent colours become alpha: of a palette, of grey, of RGB", async () => {
  const palette = [255, 0, 0, 0, 255, 0, 0, 0, 255];
  const indexed = {
    width: 3,
    height: 1,
    colour: 3,
    depth: 2,
    samples: [0, 1, 2],
    palette,
  } as const;
  assertEquals(
    (await decodeImage(pngFile({ ...indexed, transparency: [0, 51] }))).values,
    new Float32Array([1, 0, 0, 0, 0, 1, 0, 0.2, 0, 0, 1, 1]),
  );
  const grey = { width: 3, height: 1, colour: 0, depth: 4, samples: [0, 15, 3] } as const;
  assertEquals(
    (await decodeImage(pngFile({ ...grey, transparency: [0, 15] }))).values,
    new Float32Array([0, 1, 1, 0, 0.2, 1]),
  );
  const rgb = {
    width: 2,
    height: 1,
    colour: 2,
    depth: 16,
    samples: [0, 65535, 0, 0, 65534, 0],
  } as const;
  assertEquals(
    (await decodeImage(pngFile({ ...rgb, transparency: [0, 0, 255, 255, 0, 0] }))).values,
    new Float32Array([0, 1, 0, 0, 0, 65534 / 65535, 0, 1]),
  );
});

Deno.test("damaged files are refused in words", async () => {
  const spec: PngSpec = { width: 2, height: 2, colour: 0, depth: 8, samples: [1, 2, 3, 4] };
  const valid = pngFile(spec);
  const changed = (at: number, value: number) => valid.with(at, value);
  const header = (...fields: number[]) =>
    Uint8Array.from([
      ...valid.subarray(0, 8),
      ...chunk("IHDR", [0, 0, 0, 2, 0, 0, 0, 2, ...fields]),
      ...valid.subarray(33),
    ]);
  const huge = Uint8Array.from([
    ...valid.subarray(0, 8),
    ...chunk("IHDR", [127, 255, 255, 255, 127, 255, 255, 255, 8, 0, 0, 0, 0]),
    ...valid.subarray(33),
  ]);
  const unknown = Uint8Array.from([
    ...valid.subarray(0, 33),
    ...chunk("ABCD", []),
    ...valid.subarray(33),
  ]);
  const cases: [Uint8Array, ErrorConstructor, RegExp][] = [
    [valid.subarray(0, 60), TypeError, /PNG cut off in the chunk at byte \d+/],
    [changed(20, 9), TypeError, /wrong check sum of chunk IHDR at byte 8/],
    [changed(1, 0x51), TypeError, /neither PNG nor JPEG: it begins with bytes 89514e47/],
    [changed(2, 0x51), TypeError, /no PNG file/],
    [new Uint8Array(), TypeError, /it begins with nothing/],
    [header(8, 1, 0, 0, 0), TypeError, /colour type 1, depth 8/],
    [header(1, 2, 0, 0, 0), TypeError, /colour type 2, depth 1/],
    [header(8, 0, 0, 0, 2), TypeError, /interlace 2/],
    [header(16, 0, 0, 0, 0), TypeError, /PNG with 6 bytes of rows, needed 10/],
    [header(4, 0, 0, 0, 0), TypeError, /rows of 4 bytes cannot be inflated/],
    [huge, RangeError, /PNG of 2147483647 x 2147483647 pixels, needed 1 to 16777216/],
    [unknown, TypeError, /PNG chunk ABCD, which is not known/],
    [pngFile({ ...spec, colour: 3 }), TypeError, /PNG with colour 1, its palette has 0/],
    [pngFile({ ...spec, transparency: [1] }), TypeError, /PNG with 1 bytes of tRNS, needed 2/],
    [pngFile({ ...spec, filters: [0, 5] }), TypeError, /PNG row with filter 5/],
  ];
  for (const [file, type, message] of cases) {
    const error = await assertRejects(() => decodeImage(file), type);
    if (!message.test(error.message)) throw new Error(`${error.message}: expected ${message}`);
  }
});

Deno.test("any change of a byte is refused, or was in what is not looked at", async () => {
  const valid = pngFile({ width: 5, height: 4, colour: 2, depth: 8, samples: Array(60).fill(7) });
  for (let at = 0; at < valid.length; at++) {
    await decodeImage(valid.with(at, valid[at] ^ 0x20)).catch((error) => {
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    });
  }
});
