// GIF beside another program's encoder, and files that say what cannot be.
import fc from "fast-check";
import { GifWriter } from "omggif";
import { decodeImage } from "tinyloom";
import { assert, assertEquals, assertRejects } from "../../assert.ts";

/** A picture on a screen, and the file that the other program makes of it. */
interface Drawn {
  readonly screen: readonly [width: number, height: number];
  readonly at: readonly [x: number, y: number];
  readonly size: readonly [width: number, height: number];
  readonly palette: readonly number[];
  readonly indices: readonly number[];
  readonly transparent: number | null;
  readonly isLocal: boolean;
  readonly isInterlaced: boolean;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  bits: fc.integer({ min: 1, max: 8 }),
  at: fc.tuple(fc.nat(5), fc.nat(5)),
  size: fc.tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 })),
  beyond: fc.tuple(fc.nat(4), fc.nat(4)),
  isFlat: fc.boolean(),
  isTransparent: fc.boolean(),
  isLocal: fc.boolean(),
  isInterlaced: fc.boolean(),
  seed: fc.integer({ min: 1, max: 2 ** 30 }),
}).map(({ bits, at, size, beyond, isFlat, isTransparent, seed, ...how }) => {
  let state = seed;
  const draw = (below: number) => {
    state = Math.imul(state, 1_103_515_245) + 12_345;
    return (state >>> 8) % below;
  };
  const colours = 2 ** bits;
  const indices: number[] = [];
  // Long runs are codes that are used as soon as they are defined.
  for (let i = 0; i < size[0] * size[1]; i++) {
    indices.push(isFlat && i > 0 && draw(50) > 0 ? indices[i - 1] : draw(colours));
  }
  return {
    ...{ at, size, indices, ...how },
    screen: [at[0] + size[0] + beyond[0], at[1] + size[1] + beyond[1]] as const,
    palette: Array.from({ length: colours }, () => draw(2 ** 24)),
    transparent: isTransparent ? draw(colours) : null,
  };
});

/** The rows in the order in which an interlaced file has them. */
function interlaced(indices: readonly number[], [width, height]: readonly [number, number]) {
  const rows = Array.from({ length: height }, (_, y) => y);
  const pass = (y: number) => y % 8 === 0 ? 0 : y % 8 === 4 ? 1 : y % 4 === 2 ? 2 : 3;
  const order = rows.toSorted((a, b) => pass(a) - pass(b) || a - b);
  return order.flatMap((y) => indices.slice(y * width, (y + 1) * width));
}

function fileOf({ screen, at, size, palette, indices, transparent, ...how }: Drawn): Uint8Array {
  const buffer: number[] = [];
  const writer = new GifWriter(buffer, ...screen, how.isLocal ? {} : { palette });
  writer.addFrame(...at, ...size, how.isInterlaced ? interlaced(indices, size) : indices, {
    ...how.isLocal && { palette },
    ...transparent !== null && { transparent },
  });
  const bytes = Uint8Array.from(buffer.slice(0, writer.end()));
  if (how.isInterlaced) bytes[pictureAt(bytes) + 9] |= 0x40;
  return bytes;
}

/** Where the description of the first picture begins. */
function pictureAt(bytes: Uint8Array): number {
  let at = 13 + ((bytes[10] & 0x80) === 0 ? 0 : 3 * 2 ** ((bytes[10] & 7) + 1));
  while (bytes[at] === 0x21) {
    for (at += 2; bytes[at] > 0;) at += 1 + bytes[at];
    at++;
  }
  return at;
}

Deno.test("what another program draws comes out pixel by pixel", async () => {
  await fc.assert(
    fc.asyncProperty(drawn, async (picture) => {
      const { screen: [width, height], at: [left, top], size: [wide, high] } = picture;
      const { palette, indices, transparent } = picture;
      const pixels = new Uint8Array(4 * width * height);
      indices.forEach((index, i) => {
        if (index === transparent) return;
        const colour = palette[index];
        const [x, y] = [left + i % wide, top + Math.floor(i / wide)];
        assert(y < top + high);
        pixels.set([colour >> 16, colour >> 8 & 255, colour & 255, 255], 4 * (y * width + x));
      });
      const image = await decodeImage(fileOf(picture));
      assertEquals([image.width, image.height, image.channels], [width, height, 4]);
      assertEquals(image.values, Float32Array.from(pixels, (byte) => byte / 255));
    }),
    { seed: 19, numRuns: 150 },
  );
});

const [picture] = fc.sample(drawn.filter(({ indices }) => indices.length > 2000), {
  seed: 3,
  numRuns: 1,
});

Deno.test("a file that is cut off is refused, and nothing is printed", async () => {
  const bytes = fileOf(picture);
  const told: unknown[] = [];
  const { log } = console;
  console.log = (...args) => void told.push(args);
  try {
    for (let length = 6; length < bytes.length - 3; length += 7) {
      const error = await assertRejects(() => decodeImage(bytes.subarray(0, length)), Error);
      assert(/^GIF (cut off|of 0 x)/.test(error.message), `${length}: ${error.message}`);
    }
    // Where all pixels are there, the end may be missing.
    await decodeImage(bytes.subarray(0, bytes.length - 2));
  } finally {
    console.log = log;
  }
  assertEquals(told, []);
});

Deno.test("a picture larger than its screen takes no memory", async () => {
  // 42 bytes that a fuzz found: 65,281 x 65,281 pixels on a screen of 1 x 65,281.
  const bytes = Uint8Array.fromHex(
    "4749463839610100" + "01ff800000000000ffffff21f9040100000000" +
      "2c0000000001ff01ff0002014400" + "3b",
  );
  const error = await assertRejects(() => decodeImage(bytes), TypeError);
  assertEquals(
    error.message,
    "GIF of 1 x 65281 pixels whose first picture is 65281 x 65281 at 0, 0",
  );
  const far = bytes.slice();
  far.set([0xff, 0x0f, 0xff, 0x0f], 6);
  far.set([0xff, 0x0f, 0xff, 0x0f], far.indexOf(0x2c) + 5);
  const short = await assertRejects(() => decodeImage(far), TypeError);
  assertEquals(
    short.message,
    "GIF cut off: its first picture has 16769025 pixels, found 1 bytes",
  );
});

Deno.test("what contradicts itself is refused in words", async () => {
  const bytes = fileOf({ ...picture, transparent: null, isLocal: false });
  const at = pictureAt(bytes);
  const changed = (edits: Readonly<Record<number, number>>) => {
    const copy = bytes.slice();
    for (const [place, value] of Object.entries(edits)) copy[Number(place)] = value;
    return copy;
  };
  for (
    const [file, why] of [
      [changed({ [at]: 0x3b }), /without a picture/],
      [changed({ [at]: 0x55 }), /block of unknown kind 85/],
      [changed({ [at + 10]: 0 }), /codes of 0 bits/],
      [changed({ [at + 10]: 9 }), /codes of 9 bits/],
      [changed({ [at + 5]: 0, [at + 6]: 0 }), /first picture is 0 x/],
      [
        Uint8Array.fromHex("47494638396101000100000000" + "2c00000000010001000002024c0100"),
        /colours/,
      ],
      [
        // Colour 0, then code 7, where 6 is the next.
        Uint8Array.fromHex(
          "474946383961" + "02000100800000000000ffffff2c0000000002000100000202c40100",
        ),
        /code 7, which is not defined/,
      ],
    ] as const
  ) {
    await assertRejects(() => decodeImage(file), TypeError, undefined, String(why))
      .then((error) => assert(why.test(error.message), `${error.message}, needed ${why}`));
  }
});
