import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, mul, vectorOfI32 } from "../../../kernel/values.ts";
import { BLOCK_PIXEL_BYTES } from "./depthwise_kernels.ts";
import {
  forBlocks,
  LEAST_BYTES,
  load,
  MEMORY,
  single,
  store,
  type VectorBytes,
} from "./vectors.ts";

/** Side of the stem's windows. */
export const PATCH_SIDE = 3;

/** Pixels from one window to the next. */
export const PATCH_STRIDE = 2;

const LANES = 4;

/**
 * The stem's windows (im2col) over an image of some channels that has its border: rows of the taps and
 * of zeros up to a multiple of 4. Up to 3 floats behind the image are read, and behind the last row
 * written.
 */
export function patchesKernel(name: string, channels: number): KernelCode {
  const b = new KernelBuilder();
  const [image, rowBytes, patches, height, width] = [
    "image",
    "row_bytes",
    "patches",
    "height",
    "width",
  ].map((each) => b.parameter(each));
  const lineFloats = PATCH_SIDE * channels;
  const vectors = Math.ceil(lineFloats / LANES);
  const patchVectors = Math.ceil(PATCH_SIDE * lineFloats / LANES);
  // Values of a line's last vector; the others belong to no line.
  const rest = lineFloats - LANES * (vectors - 1);
  const kept = [0, 1, 2, 3].map((lane) => lane < rest ? -1 : 0) as [number, number, number, number];
  const mask = b.let("mask", vectorOfI32(...kept));
  const none = b.let("none", vectorOfI32(0));
  const patch = b.let("patch", patches);
  b.for("y", { until: height }, (y) => {
    const window = b.let("window", add(image, mul(mul(y, PATCH_STRIDE), rowBytes)));
    b.for("x", { until: width }, () => {
      // What a vector has beyond a line of the window, the next store replaces.
      b.store(
        "v128.store",
        { region: MEMORY, address: patch, offsetBytes: (patchVectors - 1) * LEAST_BYTES },
        none,
      );
      const line = b.let("line", window);
      for (let i = 0; i < PATCH_SIDE; i++) {
        for (let v = 0; v < vectors; v++) {
          const offsetBytes = v * LEAST_BYTES;
          const pixels = b.load("v128.load", { region: MEMORY, address: line, offsetBytes });
          const isLast = i === PATCH_SIDE - 1 && v === vectors - 1;
          b.store(
            "v128.store",
            { region: MEMORY, address: patch, offsetBytes: i * lineFloats * 4 + offsetBytes },
            isLast ? apply("v128.and", [pixels, mask]) : pixels,
          );
        }
        b.advance(line, rowBytes);
      }
      b.advance(window, PATCH_STRIDE * channels * 4);
      b.advance(patch, patchVectors * LEAST_BYTES);
    });
  });
  return b.finish(name);
}

/** Copies `bytes` of every pixel of an image or tap of a filter to places with other strides. */
export function copyPixelsKernel(name: string, widest: VectorBytes): KernelCode {
  const b = new KernelBuilder();
  const [from, fromRow, fromPixel, to, toRow, toPixel, height, width, bytes] = [
    "from",
    "from_row",
    "from_pixel",
    "to",
    "to_row",
    "to_pixel",
    "height",
    "width",
    "bytes",
  ].map((each) => b.parameter(each));
  const pixels = (copy: (source: Value, target: Value) => void) =>
    b.for("y", { until: height }, (y) => {
      const source = b.let("source", add(from, mul(y, fromRow)));
      const target = b.let("target", add(to, mul(y, toRow)));
      b.for("x", { until: width }, () => {
        copy(source, target);
        b.advance(source, fromPixel);
        b.advance(target, toPixel);
      });
    });
  b.if(
    apply("i32.eq", [bytes, BLOCK_PIXEL_BYTES]),
    () =>
      pixels((source, target) => {
        for (let offsetBytes = 0; offsetBytes < BLOCK_PIXEL_BYTES; offsetBytes += widest) {
          store(
            b,
            { address: target, offsetBytes },
            load({ address: source, offsetBytes }, widest),
          );
        }
      }),
    () =>
      pixels((source, target) =>
        forBlocks(
          b,
          { until: bytes, blocks: single(16) },
          (c) => store(b, { address: add(target, c) }, load({ address: add(source, c) }, 16)),
        )
      ),
  );
  return b.finish(name);
}
