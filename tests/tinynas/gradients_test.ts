import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  BATCH_NORM_VECTORS,
  batchNormBackward,
  batchNormForward,
  batchStatistics,
} from "../../lib/tinynas/supernet/batch_norm.ts";
import {
  classifierBackward,
  classifierForward,
  pointwiseBackward,
  pointwiseForward,
  softmaxCrossEntropy,
} from "../../lib/tinynas/supernet/dense_layers.ts";
import {
  depthwiseBackward,
  depthwiseForward,
  depthwiseScratchFloats,
} from "../../lib/tinynas/supernet/depthwise_convolution.ts";
import {
  fullConvolutionBackward,
  fullConvolutionForward,
  fullConvolutionScratchFloats,
} from "../../lib/tinynas/supernet/full_convolution.ts";
import { createTrainingMemory } from "../../lib/tinynas/supernet/training_memory.ts";
import { assertGradient, dot, wavy } from "./finite_differences.ts";
import { filled, zeros } from "./training_buffers.ts";

for (
  const { rows, k, n, stride } of [
    { rows: 7, k: 4, n: 4, stride: 4 },
    { rows: 8, k: 12, n: 20, stride: 24 },
    { rows: 5, k: 8, n: 16, stride: 16 },
    { rows: 135, k: 12, n: 20, stride: 20 },
  ]
) {
  Deno.test(`pointwise convolution of ${rows} pixels, ${k} to ${n} of ${stride} channels`, () => {
    const memory = createTrainingMemory(1 << 14);
    const x = filled(memory, wavy(rows * k, 1));
    const weights = filled(memory, wavy(k * stride, 2));
    const y = zeros(memory, rows * n);
    const dy = filled(memory, wavy(rows * n, 3));
    const dWeights = zeros(memory, k * stride);
    const dx = zeros(memory, rows * k);
    const scratch = memory.allocate(k * n);
    const shape = { rows, inputChannels: k, channels: n, weightsStride: stride };
    const loss = () => {
      pointwiseForward(memory, shape, { x: x.address, weights: weights.address, y: y.address });
      return dot(y.floats, dy.floats);
    };
    const expected = Array.from({ length: rows * n }, (_, i) => {
      const [row, j] = [Math.floor(i / n), i % n];
      let sum = 0;
      for (let c = 0; c < k; c++) sum += x.floats[row * k + c] * weights.floats[c * stride + j];
      return sum;
    });
    loss();
    expected.forEach((value, i) => assertAlmostEquals(y.floats[i], value, 1e-5));

    const buffers = {
      x: x.address,
      weights: weights.address,
      dy: dy.address,
      dWeights: dWeights.address,
      dx: dx.address,
      scratch,
    };
    pointwiseBackward(memory, shape, { ...buffers, accumulates: false });
    assertGradient(x.floats, { gradient: dx.floats, loss });
    assertGradient(weights.floats, { gradient: dWeights.floats, loss });

    const [once, weightsOnce] = [dx.floats.slice(), dWeights.floats.slice()];
    pointwiseBackward(memory, shape, { ...buffers, accumulates: true });
    dx.floats.forEach((value, i) => assertAlmostEquals(value, 2 * once[i], 1e-5));
    dWeights.floats.forEach((value, i) => assertAlmostEquals(value, 2 * weightsOnce[i], 1e-5));
  });
}

for (
  const { kernel, stride, inputSide, largestKernel } of [
    { kernel: 3, stride: 1, inputSide: 6, largestKernel: 3 },
    { kernel: 3, stride: 2, inputSide: 8, largestKernel: 7 },
    { kernel: 3, stride: 2, inputSide: 5, largestKernel: 3 },
    { kernel: 5, stride: 1, inputSide: 3, largestKernel: 7 },
    { kernel: 5, stride: 2, inputSide: 6, largestKernel: 5 },
    { kernel: 7, stride: 1, inputSide: 5, largestKernel: 7 },
    { kernel: 7, stride: 2, inputSide: 9, largestKernel: 7 },
  ]
) {
  Deno.test(`depthwise ${kernel} out of ${largestKernel}, stride ${stride}, side ${inputSide}`, () => {
    const memory = createTrainingMemory(1 << 15);
    const [batch, channels, weightsStride] = [2, 8, 12];
    const side = Math.ceil(inputSide / stride);
    const shape = {
      batch,
      inputRows: inputSide,
      inputColumns: inputSide,
      rows: side,
      columns: side,
      kernel,
      stride,
      channels,
      largestKernel,
      weightsStride,
    };
    const x = filled(memory, wavy(batch * inputSide ** 2 * channels, 1));
    const weights = filled(memory, wavy(largestKernel ** 2 * weightsStride, 2));
    const y = zeros(memory, batch * side ** 2 * channels);
    const dy = filled(memory, wavy(y.floats.length, 3));
    const dWeights = zeros(memory, weights.floats.length);
    const dx = zeros(memory, x.floats.length);
    const scratch = memory.allocate(depthwiseScratchFloats(shape));
    const loss = () => {
      depthwiseForward(memory, shape, {
        x: x.address,
        weights: weights.address,
        y: y.address,
        scratch,
      });
      return dot(y.floats, dy.floats);
    };
    const buffers = {
      x: x.address,
      weights: weights.address,
      dy: dy.address,
      dWeights: dWeights.address,
      dx: dx.address,
      scratch,
    };
    depthwiseBackward(memory, shape, { ...buffers, accumulates: false });
    const some = (length: number) => Array.from({ length: 60 }, (_, i) => i * 37 % length);
    assertGradient(x.floats, { gradient: dx.floats, loss, indices: some(x.floats.length) });
    assertGradient(weights.floats, { gradient: dWeights.floats, loss });

    const once = dx.floats.slice();
    depthwiseBackward(memory, shape, { ...buffers, accumulates: true });
    dx.floats.forEach((value, i) => assertAlmostEquals(value, 2 * once[i], 1e-4));
  });
}

for (
  const { stride, input: [inputRows, inputColumns], inputChannels, channels } of [
    { stride: 1, input: [1, 1], inputChannels: 4, channels: 4 },
    { stride: 1, input: [5, 5], inputChannels: 4, channels: 12 },
    { stride: 1, input: [3, 6], inputChannels: 4, channels: 8 },
    { stride: 2, input: [1, 1], inputChannels: 4, channels: 8 },
    { stride: 2, input: [2, 2], inputChannels: 4, channels: 8 },
    { stride: 2, input: [6, 6], inputChannels: 8, channels: 12 },
    { stride: 2, input: [7, 7], inputChannels: 12, channels: 4 },
    { stride: 2, input: [4, 7], inputChannels: 4, channels: 8 },
    { stride: 2, input: [7, 2], inputChannels: 4, channels: 8 },
  ]
) {
  Deno.test(`full convolution of stride ${stride}, ${inputRows} x ${inputColumns}, ${inputChannels} to ${channels}`, () => {
    const memory = createTrainingMemory(1 << 15);
    const [batch, kernel] = [2, 3];
    const [rows, columns] = [inputRows, inputColumns].map((side) => Math.ceil(side / stride));
    const sizes = { inputRows, inputColumns, rows, columns };
    const shape = { batch, ...sizes, kernel, stride, inputChannels, channels };
    const x = filled(memory, wavy(batch * inputRows * inputColumns * inputChannels, 1));
    const weights = filled(memory, wavy(kernel ** 2 * inputChannels * channels, 2));
    const y = zeros(memory, batch * rows * columns * channels);
    const dy = filled(memory, wavy(y.floats.length, 3));
    const dWeights = zeros(memory, weights.floats.length);
    const dx = zeros(memory, x.floats.length);
    const buffers = {
      x: x.address,
      weights: weights.address,
      scratch: memory.allocate(fullConvolutionScratchFloats(shape)),
    };
    const guard = filled(memory, Float32Array.of(7));
    const loss = () => {
      fullConvolutionForward(memory, shape, { ...buffers, y: y.address });
      return dot(y.floats, dy.floats);
    };
    loss();
    const [above, before] = [[rows, inputRows], [columns, inputColumns]].map(([output, input]) =>
      Math.floor(((output - 1) * stride + kernel - input) / 2)
    );
    y.floats.forEach((value, i) => {
      const [image, row, column] = [rows * columns, columns, 1].map((pixels, dimension) =>
        Math.floor(i / channels / pixels) % [batch, rows, columns][dimension]
      );
      let sum = 0;
      for (let tap = 0; tap < kernel ** 2; tap++) {
        const iy = row * stride - above + Math.floor(tap / kernel);
        const ix = column * stride - before + tap % kernel;
        if (iy < 0 || iy >= inputRows || ix < 0 || ix >= inputColumns) continue;
        for (let c = 0; c < inputChannels; c++) {
          sum += x.floats[((image * inputRows + iy) * inputColumns + ix) * inputChannels + c] *
            weights.floats[(tap * inputChannels + c) * channels + i % channels];
        }
      }
      assertAlmostEquals(value, sum, 1e-4);
    });

    const backward = (accumulates: boolean) =>
      fullConvolutionBackward(memory, shape, {
        ...buffers,
        dy: dy.address,
        dWeights: dWeights.address,
        dx: dx.address,
        accumulates,
      });
    backward(false);
    assertGradient(x.floats, { gradient: dx.floats, loss });
    assertGradient(weights.floats, { gradient: dWeights.floats, loss });
    const [once, weightsOnce] = [dx.floats.slice(), dWeights.floats.slice()];
    backward(true);
    dx.floats.forEach((value, i) => assertAlmostEquals(value, 2 * once[i], 1e-4));
    dWeights.floats.forEach((value, i) => assertAlmostEquals(value, 2 * weightsOnce[i], 1e-4));
    assertEquals(guard.floats[0], 7);
  });
}

Deno.test("a sum behind which a ReLU6 is, and its gradient", () => {
  const memory = createTrainingMemory(64);
  const y = filled(memory, Float32Array.of(-1, 1, 5, 0));
  const from = filled(memory, Float32Array.of(0.5, 2, 2, 0));
  const dy = filled(memory, Float32Array.of(1, 2, 3, 4));
  memory.kernels.addRelu6(y.address, from.address, 16);
  assertEquals([...y.floats], [0, 3, 6, 0]);
  memory.kernels.maskRelu6(dy.address, y.address, 16);
  assertEquals([...dy.floats], [0, 2, 0, 0]);
});

Deno.test("mean and variance keep their digits far from 0, and with an outlier in front", () => {
  const memory = createTrainingMemory(1 << 16);
  const [rows, channels] = [3000, 12];
  const values = wavy(rows * channels, 1).map((value) => 50 + value);
  values.fill(80, 0, 8);
  const x = filled(memory, values);
  const vectors = memory.allocate(BATCH_NORM_VECTORS * channels);
  const { mean, variance } = batchStatistics(memory, { rows, channels }, { x: x.address, vectors });
  for (let c = 0; c < channels; c++) {
    const column = Array.from({ length: rows }, (_, row) => values[row * channels + c]);
    const expected = column.reduce((sum, value) => sum + value) / rows;
    const squares = column.reduce((sum, value) => sum + (value - expected) ** 2, 0) / rows;
    assertAlmostEquals(mean[c], expected, 1e-5 * expected);
    assertAlmostEquals(variance[c], squares, 1e-3 * squares);
  }
});

Deno.test("a ReLU6 that clamps a whole channel lets no gradient through", () => {
  const memory = createTrainingMemory(1024);
  const [rows, channels] = [10, 4];
  const norm = { rows, channels, activation: "RELU6" as const };
  const x = filled(memory, wavy(rows * channels, 1));
  const vectors = memory.allocate(BATCH_NORM_VECTORS * channels);
  // Scales of 0: in the middle, at either limit, and beyond.
  const beta = filled(memory, Float32Array.of(3, 0, 6, 7));
  const dy = filled(memory, new Float32Array(rows * channels).fill(1));
  const dGamma = zeros(memory, channels);
  const dBeta = zeros(memory, channels);
  batchNormBackward(memory, norm, {
    x: x.address,
    y: zeros(memory, rows * channels).address,
    gamma: zeros(memory, channels).address,
    beta: beta.address,
    vectors,
    statistics: batchStatistics(memory, norm, { x: x.address, vectors }),
    dy: dy.address,
    dGamma: dGamma.address,
    dBeta: dBeta.address,
  });
  assertEquals([...dBeta.floats], [10, 0, 0, 0]);
  assertEquals(dy.floats.every((value) => value === 0), true);
});

for (const activation of ["NONE", "RELU6"] as const) {
  for (const channels of [4, 24]) {
    Deno.test(`batch normalization of ${channels} channels, ${activation} behind it`, () => {
      const memory = createTrainingMemory(8192);
      // More than one chunk of rows of 24 channels.
      const rows = 30;
      const norm = { rows, channels, activation };
      const x = filled(memory, wavy(rows * channels, 1).map((value) => 3 * value + 2));
      const gamma = filled(memory, wavy(channels, 2).map((value) => Math.sign(value) + value));
      const beta = filled(memory, wavy(channels, 4).map((value) => 3 + value));
      const y = zeros(memory, rows * channels);
      const upstream = wavy(rows * channels, 3);
      const dy = filled(memory, upstream);
      const dGamma = zeros(memory, channels);
      const dBeta = zeros(memory, channels);
      const vectors = memory.allocate(BATCH_NORM_VECTORS * channels);
      const buffers = {
        x: x.address,
        gamma: gamma.address,
        beta: beta.address,
        y: y.address,
        vectors,
      };
      const statisticsOf = () => batchStatistics(memory, norm, buffers);
      const loss = () => {
        batchNormForward(memory, norm, { ...buffers, statistics: statisticsOf() });
        return dot(y.floats, upstream);
      };
      loss();
      batchNormBackward(memory, norm, {
        ...buffers,
        statistics: statisticsOf(),
        dy: dy.address,
        dGamma: dGamma.address,
        dBeta: dBeta.address,
      });
      // Near the clamp the slope of a difference is neither of the two.
      const options = { loss, step: 1e-3, tolerance: 2e-2 };
      assertGradient(x.floats, { ...options, gradient: dy.floats });
      assertGradient(gamma.floats, { ...options, gradient: dGamma.floats });
      assertGradient(beta.floats, { ...options, gradient: dBeta.floats });
    });
  }
}

Deno.test("mean, dense layer and cross-entropy", () => {
  const memory = createTrainingMemory(4096);
  const shape = { batch: 3, pixels: 5, channels: 8, classes: 3 };
  const labels = [2, 0, 1];
  const x = filled(memory, wavy(3 * 5 * 8, 1));
  const weights = filled(memory, wavy(8 * 3, 2));
  const bias = filled(memory, wavy(3, 3));
  const dWeights = zeros(memory, 24);
  const dBias = zeros(memory, 3);
  const dx = zeros(memory, x.floats.length);
  const buffers = {
    x: x.address,
    weights: weights.address,
    bias: bias.address,
    pooled: memory.allocate(24),
  };
  const loss = () => softmaxCrossEntropy(classifierForward(memory, shape, buffers), labels).loss;
  const { dLogits } = softmaxCrossEntropy(classifierForward(memory, shape, buffers), labels);
  classifierBackward(memory, shape, {
    ...buffers,
    dLogits,
    dWeights: dWeights.address,
    dBias: dBias.address,
    dx: dx.address,
  });
  assertGradient(x.floats, { gradient: dx.floats, loss });
  assertGradient(weights.floats, { gradient: dWeights.floats, loss });
  assertGradient(bias.floats, { gradient: dBias.floats, loss });
});

Deno.test("cross-entropy of known logits", () => {
  const { loss, correct } = softmaxCrossEntropy(Float32Array.of(0, 0, Math.log(3), 0), [0, 0]);
  assertAlmostEquals(loss, (Math.log(2) + Math.log(4 / 3)) / 2, 1e-6);
  assertEquals(correct, 2);
});

Deno.test("gradient descent with momentum", () => {
  const memory = createTrainingMemory(64);
  const weights = filled(memory, Float32Array.of(1, 2, 3, 4));
  const gradients = filled(memory, Float32Array.of(1, 0, -1, 0));
  const velocities = filled(memory, Float32Array.of(2, 0, 0, 4));
  const addresses = [weights.address, gradients.address, velocities.address];
  memory.kernels.descend(...addresses, 16, 0.5, 0.5, 0.25);
  assertEquals([...velocities.floats], [2.25, 0.5, -0.25, 3]);
  assertEquals([...weights.floats], [-0.125, 1.75, 3.125, 2.5]);
  assertEquals([...gradients.floats], [0, 0, 0, 0]);
});
