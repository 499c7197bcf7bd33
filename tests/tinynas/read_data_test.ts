// Data from files of every kind, and what is said of those that are none.
import { gzipSync } from "node:zlib";
import {
  type LabelledData,
  readData,
  readIdx,
  saveTable,
  tableData,
  tableFromRows,
  writeNpy,
} from "tinyloom";
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { file, idx, stripe, tone, zip } from "./data_files.ts";

const counts = ({ labels, classes }: LabelledData) =>
  classes.map((_, label) => labels.filter((each) => each === label).length);

Deno.test("IDX files are read in every type, packed or not", () => {
  const pixels = idx([2, 1, 3], [1, 2, 3, 4, 5, 6]);
  const expected = { dtype: "uint8", shape: [2, 1, 3], values: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  assertEquals(readIdx(pixels), expected as never);
  assertEquals(readIdx(new Uint8Array(gzipSync(pixels))), expected as never);
  const shorts = Uint8Array.of(0, 0, 0x0b, 1, 0, 0, 0, 2, 0xff, 0xfe, 1, 2);
  assertEquals(readIdx(shorts), { dtype: "int16", shape: [2], values: Int16Array.of(-2, 258) });
});

Deno.test("what is no IDX file is refused with what it is", () => {
  const good = idx([2, 2], [1, 2, 3, 4]);
  for (
    const [bytes, kind, text] of [
      [Uint8Array.of(), TypeError, "begins with nothing, needed 0000"],
      [Uint8Array.of(1, 2, 8, 1), TypeError, "begins with 01020801"],
      [Uint8Array.of(0, 0, 7, 1, 0, 0, 0, 0), TypeError, "type 0x7, needed one of 0x08, 0x09"],
      [Uint8Array.of(0, 0, 8, 9), TypeError, "9 dimensions, needed 1 to 6"],
      [good.slice(0, 9), TypeError, "header up to byte 12, the file has 9"],
      [good.slice(0, -1), RangeError, "3 bytes of elements, needed 4 for uint8 [2,2]"],
      [
        Uint8Array.of(0, 0, 8, 1, 255, 255, 255, 255),
        RangeError,
        "4294967295 bytes, needed at most",
      ],
      [Uint8Array.of(0x1f, 0x8b, 8, 0), TypeError, "gzip that cannot be unpacked"],
    ] as const
  ) {
    assertThrows(() => readIdx(bytes), kind, text);
  }
  const packed = new Uint8Array(gzipSync(idx([250, 250], new Array(62_500).fill(0))));
  assertThrows(() => readIdx(packed, { mostBytes: 1000 }), RangeError, "more than 1000 bytes");
});

Deno.test("IDX files with a test set: validation is taken of training, class by class", async () => {
  const labels = Array.from({ length: 20 }, (_, i) => i % 2);
  const images = (count: number) =>
    idx([count, 2, 2], Array.from({ length: 4 * count }, (_, i) => i));
  const files = [
    file("train-images-idx3-ubyte", images(20)),
    file("train-labels-idx1-ubyte", idx([20], labels)),
    file("t10k-images-idx3-ubyte.gz", new Uint8Array(gzipSync(images(4)))),
    file("t10k-labels-idx1-ubyte", idx([4], [0, 0, 1, 1])),
    file("LICENSE", [1]),
  ];
  const data = await readData(files, { validation: 0.3, classes: ["even", "odd"] });
  assertEquals([data.train, data.validation, data.test].map(counts), [[7, 7], [3, 3], [2, 2]]);
  assertEquals(data.test.pixels, Uint8Array.from({ length: 16 }, (_, i) => i));
  assertEquals([data.kind, data.test.classes], ["arrays", ["even", "odd"]]);
  assert(data.source.includes("its test set is its own"), data.source);
  await assertRejects(
    () => readData(files.slice(1)),
    TypeError,
    "the train set has IDX labels alone",
  );
  const broken = [...files.slice(1), file("train-images-idx3-ubyte", [0, 0, 8, 3])];
  await assertRejects(() => readData(broken), TypeError, "train-images-idx3-ubyte: IDX header");
});

Deno.test("CIFAR-10's planes of colours become pixels", async () => {
  const example = (label: number) => [
    label,
    ...[10, 20, 30].flatMap((plane) => new Array(1024).fill(plane).with(1, plane + label)),
  ];
  const batch = Array.from({ length: 8 }, (_, i) => example(i % 2)).flat();
  const files = [
    file("cifar-10-batches-bin/data_batch_1.bin", batch),
    file("cifar-10-batches-bin/test_batch.bin", [...example(0), ...example(1)]),
  ];
  const { test, train } = await readData(files, { validation: 0.25 });
  assertEquals([train.height, train.width, train.channels], [32, 32, 3]);
  assertEquals([...test.pixels.subarray(3072, 3078)], [10, 20, 30, 11, 21, 31]);
  assertEquals([train.classes[1], counts(train).slice(0, 2)], ["automobile", [3, 3]]);
  const cut = [file("data_batch_1.bin", batch.slice(1))];
  await assertRejects(() => readData(cut), RangeError, "needed a multiple of 3073");
});

Deno.test("NumPy arrays by their names; what is measured is scaled as what was learnt", async () => {
  const x = (values: readonly number[]) =>
    writeNpy({
      dtype: "float32",
      shape: [values.length / 2, 2],
      values: Float32Array.from(values),
    });
  const y = (values: readonly number[]) =>
    writeNpy({ dtype: "int32", shape: [values.length], values: Int32Array.from(values) });
  const train = Array.from({ length: 24 }, (_, i) => i % 4 === 0 ? -1 : 1);
  const labels = Array.from({ length: 12 }, (_, i) => i % 2);
  const archive = zip({
    "x_train.npy": x(train),
    "y_train.npy": y(labels),
    "x_test.npy": x([0, 5, -5, 1]),
    "y_test.npy": y([0, 1]),
  });
  const data = await readData([file("set.npz", archive)], { validation: 0.34 });
  assertEquals([...data.test.pixels], [128, 255, 0, 255]);
  assertEquals([data.test.range, data.train.height, data.train.width], [[-1, 1], 1, 2]);
  await assertRejects(
    () => readData([file("x.npy", x(train))]),
    TypeError,
    "arrays x, needed examples (x) and labels (y) of the train set",
  );
  await assertRejects(
    () => readData([file("x.npy", x(train)), file("y.npy", y([0, 1]))]),
    RangeError,
    "2 labels, needed 12",
  );
  await assertRejects(
    () => readData([file("x.npy", x([NaN, 1])), file("y.npy", y([0]))]),
    RangeError,
    "the array has NaN at 0",
  );
});

Deno.test("Arrow tables with a row for each example, grouped", async () => {
  const rows = Array.from({ length: 12 }, (_, i) => ({
    ...{ a: i, b: 2 * i, c: 3 * i, d: 4 * i },
    label: i % 2 === 0 ? "yes" : "no",
    group: `speaker ${i % 4}`,
  }));
  const path = await Deno.makeTempFile({ suffix: ".arrow" });
  await saveTable(path, tableFromRows(rows));
  const bytes = await Deno.readFile(path);
  await Deno.remove(path);
  const { train, validation, test } = await readData([file("set.arrow", bytes)], {
    validation: 0.25,
    test: 0.25,
  });
  assertEquals([train.classes, train.height, train.width], [["no", "yes"], 2, 2]);
  const groups = [train, validation, test].map((part) => new Set(part.groups));
  assertEquals(new Set(groups.flatMap((each) => [...each])).size, 4);
  assertEquals(groups.reduce((sum, { size }) => sum + size, 0), 4);
  const table = tableFromRows(rows);
  assertThrows(() => tableData(table, { label: "word" }), TypeError, 'no column "word"');
  assertThrows(
    () => tableData(table, { values: "a" }),
    TypeError,
    'row 0 of "a" is 0, needed a list',
  );
  assertThrows(() => tableData(table, { height: 3 }), RangeError, "rows of 4 numbers");
});

const picture = (path: string, isDown: boolean, red = 255) =>
  file(path, stripe({ height: 24, width: 36, isDown, red }));
const pictures = Array.from({ length: 20 }, (_, i) => {
  const isDown = i % 2 === 0;
  return picture(`${isDown ? "down" : "across"}/${i}.jpg`, isDown, 200 + i);
});

Deno.test("folders of images are cut to squares, in colours unless they have none", async () => {
  const { train, kind, source } = await readData(pictures, { height: 12 });
  assertEquals([train.height, train.width, train.channels, kind], [12, 12, 3, "images"]);
  assertEquals(train.classes, ["across", "down"]);
  assert(source.startsWith("images in folders of their classes: 12 to learn from"), source);
  const pixel = (data: LabelledData, example: number, row: number, column: number) => {
    const at = ((example * 12 + row) * 12 + column) * 3;
    return [...data.pixels.subarray(at, at + 3)];
  };
  const [across, down] = [0, 1].map((label) => train.labels.indexOf(label));
  assert(pixel(train, across, 6, 1)[0] > 150 && pixel(train, across, 1, 6)[0] < 100);
  assert(pixel(train, down, 1, 6)[0] > 150 && pixel(train, down, 6, 1)[0] < 100);
  const grey = await readData(pictures, { height: 12, channels: 1 });
  assertEquals([grey.train.channels, grey.train.pixels.length], [1, 12 * 144]);
  // The picture is wider than high: all of it has black above and below.
  const whole = await readData(pictures, { height: 12, fit: "letterbox" });
  assertEquals(pixel(whole.train, 0, 0, 6), [0, 0, 0]);
});

Deno.test("folders train and test above the classes are kept, and few files may be asked for", async () => {
  const files = ["train", "test"].flatMap((part) =>
    pictures.map(({ path, read }) => ({ path: `${part}/${path}`, read }))
  );
  const { train, validation, test } = await readData(files, {
    height: 8,
    mostPerClass: 5,
    validation: 0.4,
    only: ["down", "across"],
  });
  assertEquals([train, validation, test].map(counts), [[3, 3], [2, 2], [5, 5]]);
  assertEquals(train.classes, ["down", "across"]);
});

Deno.test("folders that are no set are refused with what is wrong where", async () => {
  const bad = file("down/bad.jpg", [0xff, 0xd8, 0xff, 0xe0, 0]);
  const some = [file("notes.txt", [1])];
  for (
    const [files, options, kind, text] of [
      [[], {}, TypeError, "no files"],
      [some, {}, TypeError, "1 files (notes.txt), needed class folders"],
      [
        [...pictures, picture("loose.jpg", true)],
        {},
        TypeError,
        "loose.jpg lies in no class folder",
      ],
      [pictures.filter((_, i) => i % 2), {}, RangeError, "class folders across, needed at least 2"],
      [[...pictures, bad], {}, TypeError, "down/bad.jpg: JPEG"],
      [[...pictures, file("down/a.wav", [1])], {}, TypeError, "20 images and 1 WAV files"],
      [pictures, { only: ["up", "down"] }, RangeError, 'no class folder "up", there are across'],
      [pictures, { group: "(x)" }, RangeError, "0.jpg has no group by (x)"],
      [pictures, { mostBytes: 100 }, RangeError, "20 examples of 19200 bytes"],
      [pictures.slice(0, 4), {}, RangeError, "too few examples for a part of 15 %"],
      [pictures, { fit: "pull" }, RangeError, 'fit "pull"'],
    ] as const
  ) {
    await assertRejects(() => readData(files, options as never), kind, text);
  }
});

const voices = ["00aa11bb", "22cc33dd", "44ee55ff", "66778899"];
const sounds = voices.flatMap((voice, v) =>
  ["low", "high"].flatMap((word, w) =>
    Array.from({ length: 2 }, (_, i) => {
      const sampleRate = i === 0 ? 16_000 : 22_050;
      const wav = tone({ hertz: [300, 2500][w] + 20 * v, seconds: 0.5, sampleRate });
      return file(`${word}/${voice}_nohash_${i}.wav`, wav);
    })
  )
);

Deno.test("WAV becomes mel features, whatever its rate, split by speaker", async () => {
  const noise = file(
    "_background_noise_/hum.wav",
    tone({ hertz: 50, seconds: 1, sampleRate: 16_000 }),
  );
  const options = { seconds: 0.4, features: 20, validation: 0.25, test: 0.25 };
  const { train, validation, test, kind, source } = await readData([...sounds, noise], options);
  assertEquals([train.height, train.width, train.channels, kind], [19, 20, 1, "sound"]);
  assertEquals([train, validation, test].map(counts), [[4, 4], [2, 2], [2, 2]]);
  assertEquals(train.range, [-1, 127 / 128]);
  assert(source.includes("split by group"), source);
  // A tone is in the channels of its frequency, at either rate.
  const { classes: [first], labels, pixels } = train;
  assertEquals(first, "high");
  labels.forEach((label, example) => {
    const sums = Array.from({ length: 20 }, (_, channel) => {
      let sum = 0;
      for (let row = 2; row < 19; row++) sum += pixels[(example * 19 + row) * 20 + channel];
      return sum;
    });
    const loudest = sums.indexOf(Math.max(...sums));
    assert(
      label === 0 ? loudest > 9 : loudest < 7,
      `channel ${loudest} of ${train.classes[label]}`,
    );
  });
});

Deno.test("Speech Commands' lists say which files are for what", async () => {
  const list = (voice: string) =>
    new TextEncoder().encode(
      sounds.filter(({ path }) => path.includes(voice)).map(({ path }) => path).join("\n"),
    );
  const files = [
    ...sounds,
    file("validation_list.txt", list(voices[1])),
    file("testing_list.txt", list(voices[2])),
  ];
  const { train, validation, test } = await readData(files, { seconds: 0.2, features: 8 });
  assertEquals([train, validation, test].map(counts), [[4, 4], [2, 2], [2, 2]]);
});
