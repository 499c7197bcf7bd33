import { assertEquals } from "@std/assert";
import type { Depthwise } from "../../lib/tinynas/supernet/depthwise_borders.ts";
import {
  depthwiseBackward,
  depthwiseForward,
  depthwiseScratchFloats,
} from "../../lib/tinynas/supernet/depthwise_convolution.ts";
import { createTrainingMemory } from "../../lib/tinynas/supernet/training_memory.ts";
import { wavy } from "./finite_differences.ts";
import { filled, zeros } from "./training_buffers.ts";

for (const kernel of [3, 5, 7]) {
  for (const stride of [1, 2]) {
    Deno.test(`depthwise ${kernel}, stride ${stride}: all sides agree with sums written out`, () => {
      for (
        const [inputRows, inputColumns] of [
          ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 20, 21].map((side) => [side, side]),
          ...[[1, 7], [9, 2], [5, 12], [13, 8], [20, 3]],
        ]
      ) {
        for (
          const { channels, largestKernel } of [
            { channels: 4, largestKernel: 7 },
            { channels: 36, largestKernel: kernel },
          ]
        ) {
          const [rows, columns] = [inputRows, inputColumns].map((side) => Math.ceil(side / stride));
          const shape = {
            batch: 2,
            inputRows,
            inputColumns,
            rows,
            columns,
            kernel,
            stride,
            channels,
            largestKernel,
            weightsStride: channels + 4,
          };
          assertDepthwise(shape);
        }
      }
    });
  }
}

function assertDepthwise(shape: Depthwise): void {
  const { batch, inputRows, inputColumns, rows, columns, kernel, stride, channels } = shape;
  const { largestKernel, weightsStride } = shape;
  const counts = {
    x: batch * inputRows * inputColumns * channels,
    y: batch * rows * columns * channels,
    weights: largestKernel ** 2 * weightsStride,
  };
  const scratchFloats = depthwiseScratchFloats(shape);
  const memory = createTrainingMemory(
    2 * (counts.x + counts.y + counts.weights) + scratchFloats + 200,
  );
  const x = filled(memory, wavy(counts.x, 1));
  const weights = filled(memory, wavy(counts.weights, 2));
  const y = zeros(memory, counts.y);
  const dy = filled(memory, wavy(counts.y, 3));
  const dWeights = zeros(memory, counts.weights);
  const dx = filled(memory, wavy(counts.x, 4));
  const scratch = filled(memory, wavy(scratchFloats, 5)).address;
  const behind = zeros(memory, 16);
  const expected = {
    y: new Float64Array(counts.y),
    dx: new Float64Array(counts.x),
    dWeights: new Float64Array(counts.weights),
  };
  const [above, before] = [[inputRows, rows], [inputColumns, columns]].map(([input, output]) =>
    Math.floor(Math.max(0, (output - 1) * stride + kernel - input) / 2)
  );
  const skipped = (largestKernel - kernel) / 2;
  for (let i = 0; i < counts.y; i++) {
    const c = i % channels;
    const pixel = Math.floor(i / channels);
    const [column, line] = [pixel % columns, Math.floor(pixel / columns)];
    const [row, image] = [line % rows, Math.floor(line / rows)];
    for (let tap = 0; tap < kernel ** 2; tap++) {
      const [kh, kw] = [Math.floor(tap / kernel), tap % kernel];
      const [iy, ix] = [row * stride + kh - above, column * stride + kw - before];
      if (iy < 0 || ix < 0 || iy >= inputRows || ix >= inputColumns) continue;
      const from = ((image * inputRows + iy) * inputColumns + ix) * channels + c;
      const w = ((kh + skipped) * largestKernel + kw + skipped) * weightsStride + c;
      expected.y[i] += x.floats[from] * weights.floats[w];
      expected.dx[from] += dy.floats[i] * weights.floats[w];
      expected.dWeights[w] += dy.floats[i] * x.floats[from];
    }
  }
  const assertClose = (found: Float32Array, needed: Float64Array, times = 1) =>
    needed.forEach((value, i) => {
      if (Math.abs(found[i] - times * value) <= 2e-4 + 1e-5 * Math.abs(value)) return;
      throw new Error(`${found[i]} at ${i}, needed ${times * value}: ${JSON.stringify(shape)}`);
    });
  depthwiseForward(memory, shape, {
    x: x.address,
    weights: weights.address,
    y: y.address,
    scratch,
  });
  assertClose(y.floats, expected.y);
  const buffers = {
    x: x.address,
    weights: weights.address,
    dy: dy.address,
    dWeights: dWeights.address,
    dx: dx.address,
    scratch,
  };
  depthwiseBackward(memory, shape, { ...buffers, accumulates: false });
  assertClose(dx.floats, expected.dx);
  assertClose(dWeights.floats, expected.dWeights);
  depthwiseBackward(memory, shape, { ...buffers, accumulates: true });
  assertClose(dx.floats, expected.dx, 2);
  assertClose(dWeights.floats, expected.dWeights, 2);
  assertEquals(behind.floats.every((value) => value === 0), true, "scratch is too small");
}
