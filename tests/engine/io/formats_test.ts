import { readFrames, writeNpy } from "tinyloom";
import { encode } from "../../../lib/npm/jpeg.ts";
import { assertEquals, assertRejects } from "../../assert.ts";
import { zipFile } from "../../model/zip_file.ts";
import { single } from "../single_operator.ts";
import { modelOf, real, tensor } from "./single_tensor.ts";

const fromHex = (text: string) => Uint8Array.fromHex(text.replaceAll(/\s/g, ""));
const ascii = (text: string) => new TextEncoder().encode(text);

// Two rows of three pixels: red, green, blue; white, black, yellow.
const PIXELS = [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0];
const BMP = fromHex(`
  424d 4e000000 00000000 36000000  28000000 03000000 02000000 0100 1800
  00000000 18000000 130b0000 130b0000 00000000 00000000
  ffffff 000000 00ffff 000000   0000ff 00ff00 ff0000 000000`);
// One pixel of a palette of two, white and black.
const GIF = fromHex(
  "474946383961 0100 0100 800000 ffffff 000000 2c 0000 0000 0100 0100 00 02 02 44 01 00 3b",
);

Deno.test("BMP and GIF are read whatever their names are", async () => {
  const model = modelOf(real([1, 2, 3, 3]));
  const [[values]] = await readFrames([{ name: "photo.bin", bytes: BMP }], model, {
    range: [0, 1],
  });
  assertEquals([...values as Float32Array], PIXELS);
  const one = modelOf(real([1, 1, 1, 1]));
  const [[white]] = await readFrames([{ name: "x", bytes: GIF }], one, { range: [0, 1] });
  assertEquals([...white as Float32Array], [1]);
});

Deno.test("images that are not read are named, with what to do", async () => {
  const model = modelOf(real([1, 1, 1, 1]));
  for (
    const [start, name] of [
      ["52494646 24000000 57454250 56503820", "a WebP image"],
      ["49492a00 08000000 00000000 00000000", "a TIFF image"],
      ["00000018 66747970 68656963 00000000", "a HEIC or AVIF image"],
    ]
  ) {
    await assertRejects(
      () => readFrames([{ name: "a.jpg", bytes: fromHex(start) }], model),
      TypeError,
      `a.jpg: ${name}, which is not read: convert it to PNG or JPEG`,
    );
  }
});

Deno.test("a JPEG is turned as Exif says, and onImage hears of it", async () => {
  // Black but for the upper right quarter, which is white.
  const [width, height] = [16, 16];
  const data = Uint8Array.from({ length: 4 * width * height }, (_, i) => {
    const pixel = i >> 2;
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return i % 4 === 3 ? 255 : x >= 8 && y < 8 ? 255 : 0;
  });
  const jpeg = encode({ width, height, data }, 100).data;
  // Row and column of the white quarter once it is upright.
  const places = [[0, 1], [0, 0], [1, 0], [1, 1], [1, 0], [1, 1], [0, 1], [0, 0]];
  for (const [i, [row, column]] of places.entries()) {
    const orientation = i + 1;
    const heard: unknown[] = [];
    const [[values]] = await readFrames(
      [{ name: "a.jfif", bytes: withExif(jpeg, orientation) }],
      modelOf(real([1, 2, 2, 1])),
      { range: [0, 1], onImage: (image) => heard.push(image.orientation) },
    );
    const white = [...values as Float32Array].map((value) => Math.round(value));
    const right = [0, 0, 0, 0];
    right[2 * row + column] = 1;
    assertEquals(white, right, `orientation ${orientation}`);
    assertEquals(heard, [orientation === 1 ? undefined : orientation]);
  }
});

/** Exif with an orientation alone, of either byte order. */
function withExif(jpeg: Uint8Array, orientation: number): Uint8Array {
  const tiff = orientation % 2 === 0
    ? `4949 2a00 08000000 0100 1201 0300 01000000 0${orientation}00 0000 00000000`
    : `4d4d 002a 00000008 0001 0112 0003 00000001 000${orientation} 0000 00000000`;
  const exif = fromHex(`ffe1 0022 457869660000 ${tiff}`);
  return Uint8Array.from([...jpeg.subarray(0, 2), ...exif, ...jpeg.subarray(2)]);
}

Deno.test("the arrays of an .npz go to the inputs by name, or in order", async () => {
  const model = modelOf(tensor([1, 2]), { ...real([1, 1]), name: "y" });
  const x = writeNpy({ dtype: "int8", shape: [2, 2], values: Int8Array.of(1, 2, 3, 4) });
  const y = writeNpy({ dtype: "float32", shape: [2, 1], values: Float32Array.of(0.5, 0.25) });
  const archives: Record<string, Uint8Array>[] = [
    { "y.npy": y, "x.npy": x },
    { "arr_0.npy": x, "arr_1.npy": y },
  ];
  for (const files of archives) {
    const bytes = zipFile(files, { packed: true });
    assertEquals(await readFrames([{ name: "in.npz", bytes }], model), [
      [Int8Array.of(1, 2), Float32Array.of(0.5)],
      [Int8Array.of(3, 4), Float32Array.of(0.25)],
    ]);
  }
  await assertRejects(
    () => readFrames([{ name: "in.npz", bytes: zipFile({ "x.npy": x }) }], model),
    TypeError,
    'in.npz: arrays x, needed 2: "x", "y"',
  );
  await assertRejects(
    () => readFrames([{ name: "a.zip", bytes: zipFile({ "labels.txt": x }) }], model),
    TypeError,
    'a zip archive with "labels.txt", needed .npy arrays',
  );
});

Deno.test("numbers as text are frames, with titles or without", async () => {
  const model = modelOf(real([1, 2]));
  const right = [[Float32Array.of(1.5, -2)], [Float32Array.of(3, 0.25)]];
  for (const text of ["1.5,-2\n3,0.25\n", "a;b\r\n1.5;-2\r\n3;25e-2\r\n"]) {
    assertEquals(await readFrames([{ name: "in.csv", bytes: ascii(text) }], model), right);
  }
  assertEquals(await readFrames([{ name: "in", bytes: ascii("1.5 -2\n3 0.25") }], model), right);
  // As long as whole frames, digits under another name are elements.
  const [[raw]] = await readFrames([{ name: "in.bin", bytes: ascii("1, 2, 3,") }], model);
  assertEquals(new Uint8Array(raw.buffer), ascii("1, 2, 3,"));
  await assertRejects(
    () => readFrames([{ name: "in.csv", bytes: ascii("1,2\n3,x\n") }], model),
    TypeError,
    'in.csv: "x" in line 2, column 2 is no number',
  );
  const integers = modelOf(tensor([1, 2], { quantization: null }));
  assertEquals(await readFrames([{ name: "in.csv", bytes: ascii("7,-128") }], integers), [
    [Int8Array.of(7, -128)],
  ]);
  await assertRejects(
    () => readFrames([{ name: "in.csv", bytes: ascii("7,128") }], integers),
    RangeError,
    "number 1 is 128, needed an integer of int8",
  );
});

Deno.test("sound is cut into frames, and silence fills the last", async () => {
  const samples = (data: string, bytes: string, channels: string, bits: string, tag = "0100") =>
    fromHex(`52494646 00000000 57415645 666d7420 10000000 ${tag} ${channels} 803e0000 00000000
      0000 ${bits} 64617461 ${bytes} ${data}`);
  const mono = samples("0000 0040 0080", "06000000", "0100", "1000");
  const heard: unknown[] = [];
  const frames = await readFrames([{ name: "a", bytes: mono }], modelOf(real([1, 2])), {
    onSound: (sound) => heard.push(sound),
  });
  assertEquals(frames, [[Float32Array.of(0, 0.5)], [Float32Array.of(-1, 0)]]);
  assertEquals(heard, [{
    ...{ name: "a", sampleRate: 16000, channels: 1, samples: 3, frames: 2, paddedSamples: 1 },
  }]);
  const plain = modelOf(tensor([1, 3], { dtype: "int16", quantization: null }));
  assertEquals(await readFrames([{ name: "a.wav", bytes: mono }], plain), [
    [Int16Array.of(0, 16384, -32768)],
  ]);
  const stereo = samples("00 ff 80 c0", "04000000", "0200", "0800");
  assertEquals(await readFrames([{ name: "a", bytes: stereo }], modelOf(real([2]))), [
    [Float32Array.of(-1 / 256, 0.25)],
  ]);
  const float = samples("0000003f 000080be", "08000000", "0100", "2000", "0300");
  assertEquals(await readFrames([{ name: "a", bytes: float }], modelOf(real([2]))), [
    [Float32Array.of(0.5, -0.25)],
  ]);
  const three = samples("000040 ff7f80", "06000000", "0100", "1800");
  const [[values]] = await readFrames([{ name: "a", bytes: three }], modelOf(real([2])));
  assertEquals(values, Float32Array.of(0.5, (0x807fff - 2 ** 24) / 2 ** 23));
  await assertRejects(
    () => readFrames([{ name: "a.wav", bytes: mono }], modelOf(real([1, 49, 10, 1]))),
    TypeError,
    "which is no row of samples",
  );
  await assertRejects(
    () => readFrames([{ name: "a.wav", bytes: mono.subarray(0, 30) }], modelOf(real([2]))),
    TypeError,
    "cut off",
  );
});

function wav(samples: readonly number[]): Uint8Array {
  const data = Uint8Array.fromHex(
    [...new Uint8Array(Int16Array.from(samples).buffer)].map((byte) =>
      byte.toString(16).padStart(2, "0")
    ).join(""),
  );
  const size = data.length.toString(16).padStart(2, "0");
  const head = fromHex(
    `52494646 00000000 57415645 666d7420 10000000 0100 0100 803e0000 00000000 0000 1000 64617461
      ${size}000000`,
  );
  return Uint8Array.from([...head, ...data]);
}

Deno.test("features of sound are computed window by window", async () => {
  const int16 = { dtype: "int16", quantization: null } as const;
  const features = { model: modelOf(tensor([1, 3], int16)), strideSamples: 2 };
  const sound = wav([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const heard: unknown[] = [];
  const read = (shape: readonly number[], more = {}) =>
    readFrames([{ name: "a.wav", bytes: sound }], modelOf(tensor(shape, int16)), {
      features: { ...features, ...more },
      onSound: ({ windows, frames, paddedSamples }) => heard.push([windows, frames, paddedSamples]),
    });
  assertEquals(await read([1, 2, 3]), [
    [new Int16Array([1, 2, 3, 3, 4, 5])],
    [new Int16Array([5, 6, 7, 7, 8, 9])],
  ]);
  // A window more than there is sound for: silence.
  assertEquals((await read([1, 5, 3]))[0], [
    new Int16Array([1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9, 9, 0, 0]),
  ]);
  assertEquals(heard, [[4, 2, 0], [5, 1, 2]]);
  const samples = tensor([1, 3], int16);
  const delay = single("SignalDelay", { delayLength: 1 }, {
    inputs: [samples],
    outputs: [samples],
  });
  // What it keeps goes from window to window.
  assertEquals((await read([1, 2, 3], { model: delay, strideSamples: 3 }))[0], [
    new Int16Array([0, 1, 2, 3, 4, 5]),
  ]);
  await assertRejects(() => read([1, 4]), TypeError, "features of 3 numbers, of which input");
  await assertRejects(() => read([1, 3], { strideSamples: 0 }), RangeError, "strideSamples 0");
  await assertRejects(
    () => read([1, 3], { model: modelOf(real([1, 3])) }),
    TypeError,
    "needed one window of int16 samples",
  );
});

Deno.test("sound is refused by an input whose integers stand for no number below 0", async () => {
  const quantization = { scales: [0.1], zeroPoints: [-128], axis: 0 };
  await assertRejects(
    () =>
      readFrames(
        [{ name: "a.wav", bytes: wav([1]) }],
        modelOf(tensor([1, 4], { quantization })),
      ),
    TypeError,
    "whose integers stand for no number below 0, while samples swing from -1 to 1",
  );
});
