// Soft labels: what is learnt in place of labels, and what a teacher says of examples.
import { dataSets, softLabels, trainSupernet, wakeWordImages } from "tinyloom";
import { dataHash, selectExamples } from "../../lib/tinynas/data/labelled_data.ts";
import { answerImages, openSupernet } from "../../lib/tinynas/supernet/evaluate.ts";
import { softmaxRows } from "../../lib/tinynas/supernet/dense_layers.ts";
import { largestGenes, type SupernetSpace } from "../../lib/tinynas/supernet/supernet_space.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";

const SPACE: SupernetSpace = {
  resolutions: [16],
  stem: 4,
  first: 4,
  stages: [{ channels: 8, stride: 2, depths: [1] }],
  kernels: [3],
  expansions: [2],
  head: null,
  classes: 2,
};
const DATA = wakeWordImages({ seed: 3, count: 12, resolution: 16 });
const SURE = Float32Array.from({ length: 24 }, (_, i) => DATA.labels[i >> 1] === i % 2 ? 1 : 0);
const UNSURE = new Float32Array(24).fill(0.5);

/** Parameters after two steps of a batch of all examples. */
async function learn(
  data: typeof DATA,
  options: { readonly mirror: boolean; readonly workers?: number } = { mirror: true },
): Promise<readonly number[]> {
  const { mirror, ...rest } = options;
  const training = {
    space: SPACE,
    sets: [data],
    steps: 2,
    batch: 12,
    augment: { mirror },
    ...rest,
  };
  return [...(await trainSupernet(training)).parameters];
}

Deno.test("soft labels that are sure teach what labels teach", async () => {
  const soft = { plain: SURE, mirrored: SURE };
  assertEquals(await learn({ ...DATA, soft }), await learn(DATA));
});

Deno.test("what is said of an example is that of the example as it is shown", async () => {
  const plainKnown = { ...DATA, soft: { plain: SURE, mirrored: UNSURE } };
  assertEquals(await learn(plainKnown, { mirror: false }), await learn(DATA, { mirror: false }));
  assert((await learn(plainKnown))[0] !== (await learn(DATA))[0]);
  const wrong = { ...DATA, soft: { plain: UNSURE, mirrored: SURE } };
  assert((await learn(wrong, { mirror: false }))[0] !== (await learn(DATA, { mirror: false }))[0]);
});

Deno.test("threads see the same soft labels", async () => {
  const soft = { plain: Float32Array.from(SURE, (x) => 0.8 * x + 0.1), mirrored: UNSURE };
  const data = { ...DATA, soft };
  assertEquals(await learn(data, { mirror: true, workers: 2 }), await learn(data));
});

Deno.test("chosen examples keep their soft labels, and other ones make other data", () => {
  const rising = Float32Array.from({ length: 24 }, (_, i) => i);
  const data = { ...DATA, soft: { plain: rising, mirrored: rising.map((x) => -x) } };
  const { soft } = selectExamples(data, [5, 2]);
  assertEquals([...soft!.plain], [10, 11, 4, 5]);
  assertEquals([...soft!.mirrored], [-10, -11, -4, -5]);
  const hashes = [DATA, data, { ...data, soft: { plain: rising, mirrored: rising } }].map(dataHash);
  assertEquals(new Set(hashes).size, 3);
});

Deno.test("soft labels of another number are refused", async () => {
  const soft = { plain: SURE, mirrored: SURE.subarray(1) };
  await assertRejects(
    () => trainSupernet({ space: SPACE, sets: [{ ...DATA, soft }], steps: 1, batch: 4 }),
    RangeError,
    "23 mirrored soft labels, needed 24: one for each of 2 classes of 12 examples",
  );
});

Deno.test("a teacher says of an example and its mirror image what it sees there", async () => {
  const training = { space: SPACE, sets: [DATA], steps: 4, batch: 12, seed: 5 };
  const teacher = await trainSupernet(training);
  const mirror = { ...DATA, pixels: DATA.pixels.slice() };
  for (let row = 0; row < 12 * 16; row++) {
    mirror.pixels.subarray(16 * row, 16 * (row + 1)).reverse();
  }
  const options = { teacher, calibration: DATA };
  const { soft } = await softLabels(DATA, options);
  const turned = await softLabels(mirror, { ...options, workers: 2 });
  assertEquals(soft!.plain, turned.soft!.mirrored);
  assertEquals(soft!.mirrored, turned.soft!.plain);
  const logits = answerImages(openSupernet(teacher, 32), largestGenes(SPACE), {
    calibration: DATA,
    images: DATA,
  });
  assertEquals([...soft!.plain], [...Float32Array.from(softmaxRows(logits, 2))]);
  assert(soft!.plain.some((share, i) => share !== soft!.mirrored[i]));

  const colder = await softLabels(DATA, { ...options, share: 0.25, temperature: 2 });
  const said = softmaxRows(logits.map((logit) => logit / 2), 2);
  colder.soft!.plain.forEach((share, i) =>
    assertAlmostEquals(share, 0.25 * said[i] + 0.75 * SURE[i], 1e-6)
  );
});

Deno.test("a teacher of other classes or out of range is refused", async () => {
  const training = { space: SPACE, sets: [DATA], steps: 1, batch: 4 };
  const teacher = await trainSupernet(training);
  const three = { ...DATA, classes: ["a", "b", "c"] };
  await assertRejects(
    () => softLabels(three, { teacher }),
    RangeError,
    "data of 3 classes, needed 2 as the teacher has",
  );
  await assertRejects(() => softLabels(DATA, { teacher, share: 1.5 }), RangeError, "share is 1.5");
  await assertRejects(
    () => softLabels(DATA, { teacher, temperature: 0 }),
    RangeError,
    "temperature is 0",
  );
  const larger = dataSets(wakeWordImages({ seed: 1, count: 4, resolution: 24 }), SPACE)[0];
  assertEquals((await softLabels(larger, { teacher })).soft!.plain.length, 8);
});
