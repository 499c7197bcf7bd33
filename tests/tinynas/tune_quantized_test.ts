// Training as int8 computes: what is rounded, what its gradient is, and that the int8 file agrees.
import {
  createEngine,
  largestGenes,
  modelAccuracy,
  quantizeNetwork,
  readModel,
  run,
  runReference,
  smallestGenes,
  subnetwork,
  type SupernetSpace,
  trainSupernet,
  tuneQuantized,
  wakeWordImages,
  writeModel,
} from "tinyloom";
import { quantizeValues } from "../../lib/engine/io/quantize_values.ts";
import { softmaxCrossEntropy } from "../../lib/tinynas/supernet/dense_layers.ts";
import { activeLayers } from "../../lib/tinynas/supernet/elastic_layers.ts";
import {
  activationScales,
  identityStatistics,
  roundTo,
  roundWeights,
} from "../../lib/tinynas/supernet/fake_quantization.ts";
import { backward, forward, type RoundResult } from "../../lib/tinynas/supernet/passes.ts";
import { createTrainingMemory, floatsAt } from "../../lib/tinynas/supernet/training_memory.ts";
import {
  createWorkspace,
  loadPatches,
  pixelsAsFloats,
  setParameters,
} from "../../lib/tinynas/supernet/workspace.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { dot } from "./finite_differences.ts";
import { filled } from "./training_buffers.ts";

const SPACE: SupernetSpace = {
  resolutions: [16],
  stem: 4,
  first: 8,
  stages: [
    { channels: 8, stride: 1, depths: [1, 2], block: "residual" },
    { channels: 12, stride: 2, depths: [1, 2] },
  ],
  kernels: [3, 5],
  expansions: [1, 3],
  head: null,
  classes: 2,
};
const trained = await trainSupernet({
  space: SPACE,
  images: 128,
  steps: 40,
  batch: 16,
  together: 4,
  largestShare: 0.3,
});
const calibration = wakeWordImages({ seed: 2, count: 64, resolution: 16 });

Deno.test("values are rounded to int8's, and those beyond are clamped", () => {
  const memory = createTrainingMemory(64);
  const values = filled(memory, Float32Array.of(0.26, -0.74, 100, -100, 0, 0.25, 59.4, -69));
  // Steps of 0.5 with zero at 10: from (-128 - 10) / 2 to (127 - 10) / 2.
  memory.kernels.roundToInt8(values.address, 32, 2, 0.5, 10);
  assertEquals([...values.floats], [0.5, -0.5, 58.5, -69, 0, 0, 58.5, -69]);
});

for (const genes of [largestGenes(SPACE), smallestGenes(SPACE)]) {
  const name = genes.depths.join();

  Deno.test(`a rounded pass computes what the int8 model does: depths ${name}`, async () => {
    const images = { genes, calibration, images: 64, batch: 16 };
    const { network, ranges, training } = await tuneQuantized(trained, { ...images, steps: 2 });
    const model = readModel(writeModel(quantizeNetwork(network, calibration, { ranges })));
    const workspace = createWorkspace(SPACE, 8);
    setParameters(workspace, training.parameters);
    const layers = activeLayers(SPACE, genes);
    roundWeights(workspace, layers);
    const indices = [...Array(8).keys()];
    loadPatches(workspace, { images: calibration, indices });
    const round = roundTo(workspace, activationScales(model));
    const pass = { layers, batch: 8, round };
    const { logits } = forward(workspace, pass, identityStatistics(layers));
    const { scales: [scale], zeroPoints: [zero] } = model.tensors[model.outputs[0]].quantization!;
    using engine = createEngine(model);
    for (const index of indices) {
      const input = quantizeValues(
        pixelsAsFloats(calibration, index),
        model.tensors[model.inputs[0]],
      );
      const [int8] = run(engine, [input]) as Int8Array[];
      assertEquals([int8], runReference(model, [input]).outputs);
      // Rounding of halves differs, and of the sums of ADD: a step or two of the last layer.
      int8.forEach((q, k) =>
        assertAlmostEquals((q - zero) * scale, logits[2 * index + k], 4 * scale)
      );
    }
  });

  Deno.test(`the gradient passes through the rounding, as if it added constants: depths ${name}`, () => {
    const network = subnetwork(trained, { genes, calibration });
    const scales = activationScales(quantizeNetwork(network, calibration));
    const workspace = createWorkspace(SPACE, 48);
    setParameters(workspace, trained.parameters);
    const { memory, gradientBytes } = workspace;
    const layers = activeLayers(SPACE, genes);
    for (const { index } of layers) {
      const { gamma, beta, channels } = workspace.layers[index];
      floatsAt(memory, gamma, channels).fill(1);
      // Few values near a corner of ReLU6.
      floatsAt(memory, beta, channels).fill(1.7);
    }
    roundWeights(workspace, layers);
    const images = wakeWordImages({ seed: 5, count: 48, resolution: 16 });
    loadPatches(workspace, {
      images,
      indices: [...images.labels.keys()],
    });
    // What rounding adds at the place of the gradient, and again beside it.
    const added = new Map<string, Float32Array>();
    const rounded = roundTo(workspace, scales);
    const learn: RoundResult = (name, place) => {
      const values = floatsAt(memory, place.address, place.count);
      const before = values.slice();
      rounded(name, place);
      added.set(name, values.map((value, i) => value - before[i]));
    };
    const repeat: RoundResult = (name, { address, count }) => {
      const values = floatsAt(memory, address, count);
      added.get(name)!.forEach((change, i) => values[i] += change);
    };
    const statistics = identityStatistics(layers);
    const lossOf = (round: RoundResult) => {
      const { logits } = forward(workspace, { layers, batch: 48, round }, statistics);
      return softmaxCrossEntropy(logits, images.labels);
    };
    const { dLogits } = lossOf(learn);
    backward(workspace, { layers, batch: 48, round: learn }, { statistics, dLogits });
    let changed = 0;
    for (const { index } of layers) {
      const { name, weights, weightCount, gamma, beta, channels } = workspace.layers[index];
      for (const [address, count] of [[weights, weightCount], [beta, channels]]) {
        const values = floatsAt(memory, address, count);
        const gradient = floatsAt(memory, address + gradientBytes, count);
        const norm = Math.sqrt(dot(gradient, gradient));
        if (norm < 1e-3) continue;
        changed++;
        const before = values.slice();
        const step = 2e-4;
        const [above, below] = [step, -step].map((change) => {
          gradient.forEach((slope, i) => values[i] = before[i] + change * slope / norm);
          return lossOf(repeat).loss;
        });
        values.set(before);
        assertAlmostEquals((above - below) / (2 * step) / norm, 1, 0.05, name);
      }
      const gammas = floatsAt(memory, gamma + gradientBytes, channels);
      assert(gammas.every((slope) => slope === 0), `gamma of ${name} is part of the weights`);
    }
    assert(changed > layers.length, `${changed} gradients compared`);
  });
}

Deno.test("tuning lowers the loss, and does not depend on threads", async () => {
  const genes = largestGenes(SPACE);
  const options = { genes, calibration, images: 128, batch: 32, steps: 60, rate: 0.02 };
  const tuned = await tuneQuantized(trained, options);
  const { history } = tuned.training;
  assert(history.at(-1)!.loss < history[0].loss, JSON.stringify(history));
  const shared = await tuneQuantized(trained, { ...options, workers: 2 });
  assertEquals(shared.training.parameters, tuned.training.parameters);
  const model = quantizeNetwork(tuned.network, calibration, { ranges: tuned.ranges });
  for (const { name, quantization } of model.tensors) {
    const range = tuned.ranges[name];
    if (range === undefined) continue;
    assertEquals([quantization!.min, quantization!.max], [[range.least], [range.most]]);
  }
  const accuracy = modelAccuracy(model, wakeWordImages({ seed: 1, count: 128, resolution: 16 }));
  assert(accuracy > 0.5, `${accuracy}`);
});
