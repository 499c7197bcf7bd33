// Scores of untrained networks against sums done by hand and against a plain second way.
import { randomStream, sample, searchSpace, wakeWordImages, zeroCostScores } from "tinyloom";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";

const space = searchSpace({
  ...{ resolution: 32, width: 0.2, inputChannels: 1, classes: 2, stages: 1 },
  ...{ kernels: [3, 5], expansions: [1, 4], depths: [1, 2] },
});
const images = wakeWordImages({ seed: 4, count: 8, resolution: 32 });

Deno.test("SynFlow is the sum of |w ∂R/∂w| of a network whose weights of a layer are alike", () => {
  const [{ synflow }] = zeroCostScores({ space, networks: [[2, 3, 4, 5, 4]], images });
  // Taps of a weight's layer: stem, first block, two blocks of 4 x 8 channels, classifier.
  const gain = (taps: number) => 2 * Math.sqrt(taps / Math.PI);
  const [start, first] = [[9], [9, 8]].map((layers) => layers.map(gain));
  const opening = [8, 9, 32].map(gain);
  const added = [8, 25, 32].map(gain);
  const product = (values: readonly number[]) => values.reduce((a, b) => a * b, 1);
  // Values behind each part; the second block adds its input.
  const before = product([...start, ...first, ...opening]);
  const branch = before * product(added);
  const out = gain(8) * 2;
  // Every weight layer of a path counts the path's value once: 6 + 1 without the branch, 9 + 1 with it.
  assertAlmostEquals(synflow, Math.log(out * (7 * before + 10 * branch)), 1e-9);
});

Deno.test("scores depend on the network and the seed alone, and larger networks have more of them", () => {
  const random = randomStream(3, 0);
  const networks = Array.from({ length: 4 }, () => sample(space, random));
  const all = zeroCostScores({ space, networks, images });
  networks.forEach((genes, at) => {
    assertEquals(zeroCostScores({ space, networks: [genes], images }), [all[at]]);
  });
  const [least, most] = zeroCostScores({
    space,
    networks: [[1, 3, 1, 0, 0], [2, 5, 4, 5, 4]],
    images,
  });
  for (const score of ["macs", "params", "entropy", "synflow", "naswot"] as const) {
    assert(most[score] > least[score], score);
  }
  assert(least.gradNorm > 0);
  const [other] = zeroCostScores({ space, networks: [networks[0]], images }, { seed: 2 });
  assert(other.gradNorm !== all[0].gradNorm && other.synflow === all[0].synflow);
});

Deno.test("NASWOT tells images apart: twice the same ones have fewer codes", () => {
  const doubled = {
    ...images,
    pixels: Uint8Array.from(images.pixels, (_, i) => images.pixels[i % (images.pixels.length / 2)]),
  };
  const [[apart], [alike]] = [images, doubled].map((each) =>
    zeroCostScores({ space, networks: [[1, 3, 4, 0, 0]], images: each })
  );
  assert(alike.naswot < apart.naswot - 10);
});

Deno.test("images of another resolution and genes of another space are refused", () => {
  assertThrows(
    () => zeroCostScores({ space: { ...space, resolution: 40 }, networks: [], images }),
    RangeError,
    "needed 40 x 40 x 1",
  );
  assertThrows(() => zeroCostScores({ space, networks: [[1]], images }), RangeError, "1 genes");
});
