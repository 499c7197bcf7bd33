// Data in memory: split, resized, changed as they are learnt, described, and searched for.
import fc from "fast-check";
import {
  arrayData,
  buildNetwork,
  dataSpaces,
  type DataSplits,
  describeData,
  findNetwork,
  fitBaseline,
  type LabelledData,
  labelsOf,
  linearBaseline,
  macs,
  mobileNetV2Space,
  planMemory,
  randomStream,
  resizeData,
  resizeImage,
  splitData,
  supernetFitness,
  trainSupernet,
  wakeWordImages,
} from "tinyloom";
import { drawVariation, type Variation } from "../../lib/tinynas/data/augment.ts";
import { createWorkspace, loadPatches } from "../../lib/tinynas/supernet/workspace.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";

function dataOf(labels: readonly number[], groups?: readonly number[]): LabelledData {
  return {
    pixels: Uint8Array.from(labels, (_, i) => i),
    labels: Uint16Array.from(labels),
    height: 1,
    width: 1,
    channels: 1,
    classes: ["a", "b", "c"],
    ...(groups && { groups: Uint32Array.from(groups) }),
  };
}

const partsOf = ({ train, validation, test }: DataSplits) => [train, validation, test];

Deno.test("a split has every class by its share, every example once, and the seed decides", () => {
  const labels = Array.from({ length: 130 }, (_, i) => i < 100 ? 0 : i < 120 ? 1 : 2);
  const splits = splitData(dataOf(labels), { validation: 0.2, test: 0.1 });
  const counts = partsOf(splits).map((part) =>
    [0, 1, 2].map((label) => part.labels.filter((each) => each === label).length)
  );
  assertEquals(counts, [[70, 14, 7], [20, 4, 2], [10, 2, 1]]);
  const all = partsOf(splits).flatMap(({ pixels }) => [...pixels]).sort((a, b) => a - b);
  assertEquals(all, labels.map((_, i) => i));
  partsOf(splits).forEach(({ pixels, labels: own }) =>
    pixels.forEach((example, i) => assertEquals(own[i], labels[example]))
  );
  assertEquals(splitData(dataOf(labels), { validation: 0.2, test: 0.1 }), splits);
  const other = splitData(dataOf(labels), { validation: 0.2, test: 0.1, seed: 2 });
  assert(other.test.pixels.some((example, i) => example !== splits.test.pixels[i]));
});

Deno.test("a group is in one part alone, whatever the groups", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ label: fc.nat(2), group: fc.nat(30) }), {
        minLength: 60,
        maxLength: 200,
      }),
      (examples) => {
        const groups = examples.map(({ group }) => group);
        fc.pre(new Set(groups).size >= 12);
        const data = dataOf(examples.map(({ label }) => label), groups);
        const parts = partsOf(splitData(data, { validation: 0.2, test: 0.2 }));
        const found = parts.map((part) => new Set(part.groups));
        assertEquals(found.reduce((sum, { size }) => sum + size, 0), new Set(groups).size);
        assertEquals(parts.reduce((sum, part) => sum + part.labels.length, 0), examples.length);
        parts.forEach(({ pixels, groups: own }) =>
          pixels.forEach((example, i) => assertEquals(own![i], groups[example]))
        );
        // Within half of a share and the largest group of what was asked for.
        const largest = Math.max(
          ...groups.map((group) => groups.filter((g) => g === group).length),
        );
        [0.6, 0.2, 0.2].forEach((share, i) => {
          const off = Math.abs(parts[i].labels.length - share * examples.length);
          assert(off <= 0.1 * examples.length + largest, `${off} off of ${examples.length}`);
        });
      },
    ),
    { seed: 3, numRuns: 100 },
  );
});

Deno.test("splits that cannot be are refused", () => {
  const data = dataOf([0, 0, 0, 0, 1, 1, 1, 1]);
  assertThrows(() => splitData(data, { validation: 1 }), RangeError, "validation is 1");
  assertThrows(() => splitData(data, { validation: 0.6, test: 0.4 }), RangeError, "less than 1");
  assertThrows(
    () => splitData(data, { test: 0.01 }),
    RangeError,
    "too few examples for a part of 1 %",
  );
  const one = dataOf([0, 1, 0, 1], [5, 5, 5, 5]);
  assertThrows(() => splitData(one), RangeError, "too few groups of examples");
});

Deno.test("examples are resized as images are", () => {
  const pixels = Uint8Array.from({ length: 2 * 6 * 4 * 3 }, (_, i) => i * 53 % 256);
  const labels = Uint16Array.of(0, 1);
  const data = { pixels, labels, height: 6, width: 4, channels: 3, classes: ["a", "b"] };
  for (const size of [{ height: 3, width: 2 }, { height: 9, width: 5 }, { height: 6, width: 4 }]) {
    const resized = resizeData(data, size);
    const image = {
      ...{ height: 6, width: 4, channels: 3 } as const,
      values: Float32Array.from(pixels.subarray(72), (value) => value / 255),
    };
    const { values } = resizeImage(image, size);
    const second = resized.pixels.subarray(size.height * size.width * 3);
    values.forEach((value, i) => assert(Math.abs(255 * value - second[i]) <= 0.51, `${i}`));
    assertEquals(resized.labels, labels);
  }
  assertThrows(() => resizeData(data, { height: 0, width: 2 }), RangeError, "height is 0");
});

Deno.test("examples are mirrored, moved, changed in contrast and brightness, and erased in part", () => {
  const space = {
    ...{
      resolutions: [4],
      stem: 4,
      first: 4,
      kernels: [3],
      expansions: [1],
      head: null,
      classes: 2,
    },
    stages: [{ channels: 4, stride: 1, depths: [1] }],
  };
  const pixels = Uint8Array.from({ length: 16 }, (_, i) => 8 * i + 64);
  const shape = { height: 4, width: 4, channels: 1, classes: ["a", "b"] };
  const images = { pixels, labels: Uint16Array.of(0), ...shape };
  const plain = { mirrored: false, down: 0, across: 0, factor: 1, offset: 0, erased: null };
  // The image as it lies in the scratch: 5 x 5 with a border behind.
  const loaded = (change: Partial<Variation>) => {
    const workspace = createWorkspace(space, 1);
    const variations = [{ ...plain, ...change }];
    loadPatches(workspace, { images, indices: [0], variations });
    const { memory: { floats }, scratch } = workspace;
    return Array.from(
      { length: 16 },
      (_, i) => 128 + 128 * floats[scratch / 4 + Math.floor(i / 4) * 5 + i % 4],
    );
  };
  const at = (row: number, column: number) => 8 * (4 * row + column) + 64;
  const expected = (value: (row: number, column: number) => number) =>
    Array.from({ length: 16 }, (_, i) => value(Math.floor(i / 4), i % 4));
  assertEquals(loaded({}), expected(at));
  assertEquals(loaded({ mirrored: true }), expected((row, column) => at(row, 3 - column)));
  assertEquals(
    loaded({ down: 0.25, across: -0.5 }),
    expected((row, column) => at(Math.max(0, row - 1), Math.min(3, column + 2))),
  );
  assertEquals(
    loaded({ factor: 2 }),
    expected((row, column) => Math.min(255, Math.max(0, 128 + 2 * (at(row, column) - 128)))),
  );
  assertEquals(
    loaded({ offset: 0.5 }),
    expected((row, column) => Math.min(255, at(row, column) + 64)),
  );
  assertEquals(
    loaded({ erased: { y: 0.5, x: 0, side: 0.5 } }),
    expected((row, column) => row >= 1 && row < 3 && column < 1 ? 128 : at(row, column)),
  );
});

Deno.test("how examples are changed is drawn within what is asked for", () => {
  const random = randomStream(1, 0);
  const drawn = Array.from(
    { length: 200 },
    () => drawVariation({ shiftRows: 0.1, contrast: 0.3, brightness: 0.2, erase: 0.4 }, random),
  );
  for (const [name, most] of [["down", 0.1], ["across", 0], ["offset", 0.4]] as const) {
    const values = drawn.map((each) => each[name]);
    assert(values.every((value) => Math.abs(value) <= most), name);
    assert(Math.max(...values) >= 0.8 * most && Math.min(...values) <= -0.8 * most, name);
  }
  assert(drawn.every(({ factor }) => factor >= 0.7 && factor <= 1.3));
  const mirrored = drawn.filter((each) => each.mirrored).length;
  assert(mirrored > 70 && mirrored < 130, `${mirrored} of 200`);
  assert(drawn.every(({ erased }) => erased?.side === 0.4));
  const straight = Array.from({ length: 50 }, () => drawVariation({ mirror: false }, random));
  assert(straight.every((each) => !each.mirrored && each.factor === 1 && each.erased === null));
});

Deno.test("augmentations that are none are refused", async () => {
  const options = { images: 16, steps: 1, batch: 8 };
  await assertRejects(
    () => trainSupernet({ ...options, augment: { erase: 1 } }),
    RangeError,
    "erase of augment is 1",
  );
  await assertRejects(
    () => trainSupernet({ ...options, augment: { shift: 0.1 } as never }),
    TypeError,
    'augment has no option "shift"',
  );
});

Deno.test("a linear model tells apart what a line can, and no more", () => {
  // Both pixels alike, or not: no line parts them. One pixel alone: a line does.
  const random = randomStream(4, 0);
  const labelled = (label: (a: number, b: number) => number): LabelledData => {
    const values = Array.from({ length: 400 }, () => [random(2), random(2)]);
    return {
      pixels: Uint8Array.from(values.flat(), (bit) => 40 + 160 * bit),
      labels: Uint16Array.from(values, ([a, b]) => label(a, b)),
      ...{ height: 1, width: 2, channels: 1, classes: ["no", "yes"] },
    };
  };
  const apart = linearBaseline(splitData(labelled((a) => a)));
  assertEquals([apart.accuracy, apart.shape], [1, [1, 2, 1]]);
  const mixed = linearBaseline(splitData(labelled((a, b) => a ^ b)));
  assert(mixed.accuracy < 0.8, String(mixed.accuracy));
  assertEquals(linearBaseline(splitData(labelled((a) => a))).bias.length, 2);
});

Deno.test("chance is what the commonest class of training is right in", () => {
  const train = dataOf([0, 0, 0, 1, 1, 2]);
  const test = dataOf([1, 0, 1, 2]);
  const { chance, classes, shape } = describeData({ train, validation: test, test });
  assertEquals([chance, shape], [0.25, [1, 1, 1]]);
  assertEquals(classes[1], { name: "b", train: 2, validation: 2, test: 2 });
  const others = { ...test, classes: ["a", "b", "d"] };
  assertThrows(
    () => describeData({ train, validation: test, test: others }),
    RangeError,
    "test has classes a, b, d, needed those of train: a, b, c",
  );
});

/** Pictures in colours, wider than high: a bar of another colour for each of three classes. */
function bars(count: number, seed: number): LabelledData {
  const [height, width] = [20, 30];
  const random = randomStream(seed, 0);
  const labels = Uint16Array.from({ length: count }, (_, i) => i % 3);
  const pixels = new Uint8Array(count * height * width * 3);
  labels.forEach((label, example) => {
    const top = random(height - 12);
    for (let i = 0; i < height * width; i++) {
      const row = Math.floor(i / width);
      for (let c = 0; c < 3; c++) {
        const isBar = row >= top && row < top + 12 && c === label;
        pixels[(example * height * width + i) * 3 + c] = (isBar ? 170 : 60) + random(60);
      }
    }
  });
  return { pixels, labels, height, width, channels: 3, classes: ["red", "green", "blue"] };
}

Deno.test("a network for coloured pictures that are not square is found, and deployed as searched", async () => {
  const device = { name: "small", sramBytes: 24_576, flashBytes: 65_536 };
  const data = { train: bars(240, 1), validation: bars(30, 2), test: bars(30, 3) };
  const choices = { resolutions: [18, 20], widths: [0.2, 0.3], depths: [1, 2] };
  const found = await findNetwork(device, {
    data,
    spaces: dataSpaces(data.train, choices),
    ...{ samples: 20, batch: 32, steps: 240, tuningSteps: 240, networks: 10, population: 4 },
    ...{ parents: 2, generations: 1, front: 2, calibrationImages: 32 },
  });
  const { best, deployed: { model, plan, int8Accuracy }, genes, supernet } = found;
  const { resolution, width } = best;
  const input = [1, resolution, Math.round(1.5 * resolution), 3];
  assertEquals(model.tensors[model.inputs[0]].shape, input);
  assertEquals([model.tensors[model.outputs[0]].shape, labelsOf(model)], [
    [1, 3],
    ["red", "green", "blue"],
  ]);
  assertEquals(best.peakBytes, plan.peakBytes);
  assertEquals(best.macs, macs(model));
  const [space] = dataSpaces(data.train, {
    ...choices,
    resolutions: [resolution],
    widths: [width],
  });
  const searched = buildNetwork({ space, genes: best.genes });
  assertEquals(searched.tensors[searched.inputs[0]].shape, input);
  assertEquals(
    planMemory(searched, { techniques: ["in-place-depthwise", "optimal-offsets"] })
      .peakBytes,
    plan.peakBytes,
  );
  assertEquals(found.data.chance, 1 / 3);
  assert(int8Accuracy > 0.6, `${int8Accuracy} of three classes`);
  // Weights inherited: the fitness classes the same examples by the shapes of the space.
  using fitness = await supernetFitness(supernet, {
    sets: supernet.space.resolutions.map((height, i) =>
      resizeData(data.validation, { height, width: supernet.space.columns![i] })
    ),
    calibrationImages: 16,
  });
  const [accuracy] = await fitness.rate([best]);
  assert(accuracy >= 0 && accuracy <= 1 && genes.resolution === resolution);
});

Deno.test("spaces and baselines that do not go with the data are refused", async () => {
  const device = { name: "small", sramBytes: 24_576, flashBytes: 65_536 };
  const data = { train: bars(9, 1), validation: bars(9, 2), test: bars(9, 3) };
  const grey = dataSpaces(wakeWordImages({ seed: 1, count: 2, resolution: 32 }));
  await assertRejects(
    () => findNetwork(device, { data, spaces: grey }),
    RangeError,
    "images of 1 channels, needed 3",
  );
  const space = { ...dataSpaces(data.train)[0], classes: 7 };
  await assertRejects(
    () => findNetwork(device, { data, spaces: [space] }),
    RangeError,
    "7 classes, needed 3",
  );
  const [fitted] = fitBaseline(mobileNetV2Space, { ...device, flashBytes: 200_000 }, {
    resolutions: [20],
    widths: [0.1],
    data: data.train,
  });
  const { columns, inputChannels, classes } = fitted.space;
  assertEquals([columns, inputChannels, classes], [[30], 3, 3]);
  await assertRejects(() => trainSupernet({ space: fitted.space }), RangeError, "needed examples");
});

Deno.test("sequences of int8 features keep what their bytes stand for", () => {
  const values = Int8Array.of(-128, 0, 127, 5);
  const data = arrayData({ dtype: "int8", shape: [2, 2, 1], values }, { labels: [0, 1] });
  assertEquals([...data.pixels], [0, 128, 255, 133]);
  assertEquals(data.range, [-128, 127]);
});
