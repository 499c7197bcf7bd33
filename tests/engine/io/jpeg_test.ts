import fc from "fast-check";
import { decodeImage } from "../../../mod.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";

// 16 x 8 pixels: the left half (200, 60, 40), the right half (20, 90, 220); libjpeg, quality 90.
const baseline = Uint8Array.fromBase64(
  "/9j/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGB" +
    "IUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU" +
    "FBQUFBT/wAARCAAIABADAREAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAABgf/xAAUEAEAAAAAAAAAAAAAAAAAAA" +
    "AA/8QAFgEBAQEAAAAAAAAAAAAAAAAACQcI/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AmiSNgCpK" +
    "BiP/2Q==",
);

const progressive = Uint8Array.fromBase64(
  "/9j/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGB" +
    "IUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU" +
    "FBQUFBT/wgARCAAIABADAREAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAABQb/xAAWAQEBAQAAAAAAAAAAAAAAAA" +
    "AIBgf/2gAMAwEAAhADEAAAAZmR2ApKGH//xAAUEAEAAAAAAAAAAAAAAAAAAAAQ/9oACAEBAAEFAj//xAAUEQEAAAAA" +
    "AAAAAAAAAAAAAAAQ/9oACAEDAQE/AT//xAAUEQEAAAAAAAAAAAAAAAAAAAAQ/9oACAECAQE/AT//xAAUEAEAAAAAAA" +
    "AAAAAAAAAAAAAQ/9oACAEBAAY/Aj//xAAUEAEAAAAAAAAAAAAAAAAAAAAQ/9oACAEBAAE/IT//2gAMAwEAAgADAAAA" +
    "EN//xAAUEQEAAAAAAAAAAAAAAAAAAAAQ/9oACAEDAQE/ED//xAAUEQEAAAAAAAAAAAAAAAAAAAAQ/9oACAECAQE/ED" +
    "//xAAUEAEAAAAAAAAAAAAAAAAAAAAQ/9oACAEBAAE/ED//2Q==",
);

/** Grey: 110 and 99. */
const grey = Uint8Array.fromBase64(
  "/9j/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGB" +
    "IUFRT/wAALCAAIABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAABQb/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEB" +
    "AAA/AI8E/9k=",
);

const LEFT = [200, 60, 40];
const RIGHT = [20, 90, 220];

async function assertHalves(file: Uint8Array, left: number[], right: number[]): Promise<void> {
  const { width, height, channels, values } = await decodeImage(file);
  assertEquals([width, height, channels], [16, 8, 3]);
  values.forEach((value, i) => {
    const expected = (Math.floor(i / 3) % 16 < 8 ? left : right)[i % 3];
    assert(Math.abs(255 * value - expected) <= 4, `${255 * value} at ${i}, expected ${expected}`);
  });
}

Deno.test("a baseline JPEG", () => assertHalves(baseline, LEFT, RIGHT));

Deno.test("a progressive JPEG", () => assertHalves(progressive, LEFT, RIGHT));

Deno.test("a grey JPEG", () => assertHalves(grey, [110, 110, 110], [99, 99, 99]));

Deno.test("a JPEG that is cut off is refused", async () => {
  for (const length of [2, 3, 20, 100, 200]) {
    await assertRejects(
      () => decodeImage(baseline.subarray(0, length)),
      TypeError,
      "JPEG that cannot be decoded",
    );
  }
});

Deno.test("a JPEG of too many pixels is refused before it is decoded", async () => {
  const at = baseline.findIndex((byte, i) => byte === 0xff && baseline[i + 1] === 0xc0);
  const huge = baseline.with(at + 5, 255).with(at + 7, 255);
  const message = "JPEG of 65296 x 65288 pixels, needed 1 to 16777216";
  await assertRejects(() => decodeImage(huge), RangeError, message);
});

Deno.test("a JPEG whose blocks its bytes cannot hold is refused before it is decoded", async () => {
  const at = baseline.findIndex((byte, i) => byte === 0xff && baseline[i + 1] === 0xc0);
  const large = baseline.with(at + 5, 8).with(at + 7, 8);
  await assertRejects(
    () => decodeImage(large),
    TypeError,
    "blocks of 2064 x 2056 pixels are not in",
  );
  const factors = baseline.with(at + 11, 0xf1);
  await assertRejects(
    () => decodeImage(factors),
    TypeError,
    "sampling factor that is none of 1 to 4",
  );
});

Deno.test("limits say how many pixels a picture may have", async () => {
  const { width, height } = await decodeImage(baseline);
  const pixels = width * height;
  assertEquals((await decodeImage(baseline, { limits: { pixels } })).width, width);
  await assertRejects(
    () => decodeImage(baseline, { limits: { pixels: pixels - 1 } }),
    RangeError,
    `needed 1 to ${pixels - 1}`,
  );
});

Deno.test("a damaged JPEG is decoded or refused", async () => {
  const edit = fc.tuple(fc.integer({ min: 2, max: baseline.length - 1 }), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(baseline, progressive), edit, async (file, [at, value]) => {
      await decodeImage(at < file.length ? file.with(at, value) : file).catch((error) => {
        if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
      });
    }),
    { seed: 1, numRuns: 200 },
  );
});
