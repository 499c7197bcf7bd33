import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, mul, vectorOfI32 } from "../../../kernel/values.ts";
import { BLOCK_PIXEL_BYTES } from "./depthwise_kernels.ts";
import { MEMORY, VECTOR_BYTES } from "./multiply_kernel.ts";

/** Side of the stem's windows. */
export const PATCH_SIDE = 3;

/** Pixels from one window to the next. */
export const PATCH_STRIDE = 2;

/**
 * The stem's windows (im2col) over an image of one channel that has its border: rows of 12 values,
 * which are 9 pixels and zeros.
 */
export function patchesKernel(name: string): KernelCode {
  const b = new KernelBuilder();
  const [image, rowBytes, patches, height, width] = [
    "image",
    "row_bytes",
    "patches",
    "height",
    "width",
  ].map((each) => b.parameter(each));
  const lineBytes = PATCH_SIDE * 4;
  const firstThree = b.let("first_three", vectorOfI32(-1, -1, -1, 0));
  const none = b.let("none", vectorOfI32(0));
  const patch = b.let("patch", patches);
  b.for("y", { until: height }, (y) => {
    const window = b.let("window", add(image, mul(mul(y, PATCH_STRIDE), rowBytes)));
    b.for("x", { until: width }, () => {
      // What a vector has beyond a line of the window, the next store replaces.
      b.store(
        "v128.store",
        { region: MEMORY, address: patch, offsetBytes: 2 * VECTOR_BYTES },
        none,
      );
      const line = b.let("line", window);
      for (let i = 0; i < PATCH_SIDE; i++) {
        const pixels = b.load("v128.load", { region: MEMORY, address: line });
        const isLast = i === PATCH_SIDE - 1;
        b.store(
          "v128.store",
          { region: MEMORY, address: patch, offsetBytes: i * lineBytes },
          isLast ? apply("v128.and", [pixels, firstThree]) : pixels,
        );
        b.advance(line, rowBytes);
      }
      b.advance(window, PATCH_STRIDE * 4);
      b.advance(patch, 3 * VECTOR_BYTES);
    });
  });
  return b.finish(name);
}

/** Copies `bytes` of every pixel of an image or tap of a filter to places with other strides. */
export function copyPixelsKernel(name: string): KernelCode {
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
  const vector = (source: Value, target: Value, offsetBytes: number | Value) => {
    const at = (address: Value) =>
      typeof offsetBytes === "number"
        ? { region: MEMORY, address, offsetBytes }
        : { region: MEMORY, address: add(address, offsetBytes) };
    b.store("v128.store", at(target), b.load("v128.load", at(source)));
  };
  b.if(
    apply("i32.eq", [bytes, BLOCK_PIXEL_BYTES]),
    () =>
      pixels((source, target) => {
        for (let offset = 0; offset < BLOCK_PIXEL_BYTES; offset += VECTOR_BYTES) {
          vector(source, target, offset);
        }
      }),
    () =>
      pixels((source, target) =>
        b.for("c", { until: bytes, step: VECTOR_BYTES }, (c) => vector(source, target, c))
      ),
  );
  return b.finish(name);
}
