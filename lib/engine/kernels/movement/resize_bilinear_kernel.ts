import type { Value } from "../../../kernel/kernel.ts";
import { type At, KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import { elements } from "../../../model/shape.ts";
import { hasVectors, type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { type ResizeTap, resizeTaps } from "../../../model/operators/resize_bilinear.ts";
import { isShared } from "../elementwise/element_loops.ts";
import { forRange, rangeOf, share } from "../walk/index_range.ts";
import { type Blend, blendOf } from "./blend_pixels.ts";

const TAP_BYTES = 16;

/**
 * RESIZE_BILINEAR: rows and columns of the input and their shares lie in two tables, an entry for
 * every row and column of the output; four pixels are blended several channels at a time.
 */
export function resizeBilinearKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "RESIZE_BILINEAR");
  if (operator === null) return null;
  const { name, inputs: [input], outputs: [output], constants, threads } = layer;
  const [batches, height, width, channels] = input!.tensor.shape;
  const [, newHeight, newWidth] = output.tensor.shape;
  const isFloat = output.tensor.dtype === "float32";
  const pixelBytes = channels * (isFloat ? 4 : 1);
  const blend = blendOf({ isFloat, isVector: hasVectors(layer) && channels >= 4 });
  const table = (what: string, from: number, to: number, stepBytes: number) => {
    const taps = resizeTaps({ from, to, isFloat }, operator.attributes);
    return constants.place(`${name}_${what}`, tapBytes(taps, { isFloat, stepBytes }));
  };
  const rows = table("rows", height, newHeight, width * pixelBytes);
  const columns = table("columns", width, newWidth, pixelBytes);
  const isParallel = isShared(layer, elements(output.tensor.shape)) && newHeight >= threads;
  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const lines = isParallel ? share(thread, newHeight, threads) : rangeOf(0, newHeight);

  const tapAt = (region: typeof rows, index: Value, what: string) => {
    const address = b.let(what, mul(index, TAP_BYTES));
    const at = (offsetBytes: number): At => ({ region, address, offsetBytes, isIndex: true });
    const [lower, upper] = [0, 4].map((offset) =>
      b.let(`${what}_at`, b.load("i32.load", at(offset)))
    );
    return { lower, upper, ...blend.weights(b, at(8), at(12)) };
  };
  const isReverse = layer.step.direction === "reverse";
  forRange(b, { name: "image", range: rangeOf(0, batches), isReverse }, (image) => {
    forRange(b, { name: "row", range: lines, isReverse }, (row) => {
      const down = tapAt(rows, row, "down");
      const first = b.let("x_image", mul(image, height * width * pixelBytes));
      const lines = [down.lower, down.upper].map((offset) => b.let("x_row", add(first, offset)));
      const y = b.let("y_row", mul(add(mul(image, newHeight), row), newWidth * pixelBytes));
      b.for("column", { until: newWidth }, (column) => {
        const right = tapAt(columns, column, "right");
        const corners = lines.map((line) =>
          [right.lower, right.upper].map((offset) => b.let("x", add(line, offset)))
        );
        const pixel = b.let("y", add(y, mul(column, pixelBytes)));
        forChannels(b, { channels, blend }, (channelBytes, count) => {
          const at = (region: At["region"], address: Value): At => (
            { region, address: add(address, channelBytes), isIndex: true }
          );
          blend.emit(b, {
            corners: corners.map((line) => line.map((corner) => at(input!.region, corner))),
            shares: [down, right],
            to: at(output.region, pixel),
            count,
          });
        });
      });
    });
  });
  return {
    kernel: `resize bilinear ${output.tensor.dtype}${blend.lanes === 1 ? " scalar" : ""}`,
    remarks: isParallel ? [`parallel rows over ${threads} threads`] : [],
    code: [b.finish(name)],
    isParallel,
  };
}

/** For every index two offsets in bytes and two shares, four bytes each. */
function tapBytes(
  taps: readonly ResizeTap[],
  { isFloat, stepBytes }: { readonly isFloat: boolean; readonly stepBytes: number },
): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(taps.length * TAP_BYTES));
  taps.forEach(({ lower, upper, near, far }, i) => {
    const words = [lower * stepBytes, upper * stepBytes];
    words.forEach((word, k) => bytes.setInt32(i * TAP_BYTES + 4 * k, word, true));
    [near, far].forEach((share, k) => {
      const at = i * TAP_BYTES + 8 + 4 * k;
      if (isFloat) bytes.setFloat32(at, share, true);
      else bytes.setInt32(at, share, true);
    });
  });
  return new Uint8Array(bytes.buffer);
}

/** As many channels at a time as are blended together, and those that are left. */
function forChannels(
  b: KernelBuilder,
  { channels, blend: { lanes, elementBytes } }: {
    readonly channels: number;
    readonly blend: Blend;
  },
  work: (channelBytes: Value, count: number) => void,
): void {
  const whole = channels - channels % lanes;
  b.for("channel", { until: whole * elementBytes, step: lanes * elementBytes }, (channel) => {
    work(channel, lanes);
  });
  if (whole < channels) work(add(0, whole * elementBytes), channels - whole);
}
