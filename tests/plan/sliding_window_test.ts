import { type Model, zoo } from "tinyloom";
import {
  imageWindow,
  inputPixels,
  isWindowOperator,
  outputPixels,
  rowWindow,
} from "../../lib/plan/sliding_window.ts";
import { assertEquals } from "../assert.ts";

/** The window of the first operator of its kind, with rows and columns of padding folded into it. */
function windowOf(model: Model, op: string, top = 0) {
  const operator = model.operators.filter(isWindowOperator).find((each) => each.op === op)!;
  const padding = { top, bottom: top, left: 2 * top, right: 2 * top };
  return imageWindow(model, operator, top === 0 ? null : { padding, input: operator.inputs[0] });
}

Deno.test("a convolution's window says what it reads and writes for each pixel", () => {
  const window = windowOf(zoo("mlperf-tiny-kws"), "CONV_2D");
  assertEquals(window, {
    batches: 1,
    inputHeight: 49,
    inputWidth: 10,
    outputHeight: 25,
    outputWidth: 5,
    kernelHeight: 10,
    kernelWidth: 4,
    dilationH: 1,
    dilationW: 1,
    strideH: 2,
    strideW: 2,
    top: 4,
    left: 1,
    inputPixelBytes: 1,
    outputPixelBytes: 64,
    outputElementBytes: 1,
  });
  assertEquals([inputPixels(window), outputPixels(window)], [490, 125]);
});

Deno.test("a pool's window is its filter, and padding before it shifts its origin", () => {
  const model = zoo("mlperf-tiny-kws");
  const pool = windowOf(model, "AVERAGE_POOL_2D");
  const { kernelHeight, kernelWidth, dilationH, dilationW, top, left } = pool;
  assertEquals([kernelHeight, kernelWidth, dilationH, dilationW, top, left], [25, 5, 1, 1, 0, 0]);
  const plain = windowOf(model, "DEPTHWISE_CONV_2D");
  const padded = windowOf(model, "DEPTHWISE_CONV_2D", 1);
  assertEquals([plain.top, plain.left, padded.top, padded.left], [1, 1, 2, 3]);
});

Deno.test("rows are a window of one pixel, whatever the image", () => {
  const { tensors } = zoo("mlperf-tiny-kws");
  const image = (shape: readonly number[], dtype: "int8" | "int16") => (
    { ...tensors[0], shape, dtype }
  );
  const window = rowWindow(image([6, 10], "int8"), image([6, 4], "int16"), 6);
  assertEquals(window, {
    ...{ batches: 1, inputHeight: 1, inputWidth: 6, outputHeight: 1, outputWidth: 6 },
    ...{ kernelHeight: 1, kernelWidth: 1, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1 },
    ...{ top: 0, left: 0, inputPixelBytes: 10, outputPixelBytes: 8, outputElementBytes: 2 },
  });
  assertEquals([inputPixels(window), outputPixels(window)], [6, 6]);
});
