import type { KernelCode, Value } from "../../../codegen/kernel/kernel.ts";
import { KernelBuilder } from "../../../codegen/kernel/kernel_builder.ts";
import { add, apply, mul, vectorOfF32 } from "../../../codegen/kernel/values.ts";
import { MEMORY, VECTOR_BYTES } from "./memory_region.ts";

/** Filter and stride for which a kernel is written out. */
export interface DepthwiseCase {
  readonly kernel: number;
  readonly stride: number;
}

const TILE = 4;

/**
 * Depthwise convolution of one image that has its border of zeros already. A row of the filter and
 * four output pixels stay in registers, and each input column is loaded once for all of them.
 */
export function depthwiseKernel(name: string, { kernel, stride }: DepthwiseCase): KernelCode {
  const b = new KernelBuilder();
  const [x, xRow, w, wRow, wTap, y, height, width, pixelBytes] = parameters(b, "y");
  b.for("oy", { until: height }, (oy) => {
    forTiles(b, width, (ox, pixels) => {
      b.for("c", { until: pixelBytes, step: VECTOR_BYTES }, (c) => {
        const sums = Array.from(
          { length: pixels },
          (_, p) => b.let(`sum${p}`, vectorOfF32(0)),
        );
        const xLine = b.let(
          "x_line",
          add(add(add(x, c), mul(mul(oy, stride), xRow)), mul(mul(ox, stride), pixelBytes)),
        );
        const wLine = b.let("w_line", add(w, c));
        b.for("kh", { until: kernel }, () => {
          const weights = walk(b, wLine, { step: wTap, count: kernel }).map((value, kw) =>
            b.let(`w${kw}`, value())
          );
          walk(b, xLine, { step: pixelBytes, count: (pixels - 1) * stride + kernel }).forEach(
            (load, column) => {
              const value = b.let("column", load());
              sums.forEach((sum, p) => {
                const kw = column - p * stride;
                if (kw < 0 || kw >= kernel) return;
                b.set(sum, apply("f32x4.add", [sum, apply("f32x4.mul", [value, weights[kw]])]));
              });
            },
          );
          b.advance(xLine, xRow);
          b.advance(wLine, wRow);
        });
        const out = b.let("out", add(add(y, c), mul(add(mul(oy, width), ox), pixelBytes)));
        sums.forEach((sum) => {
          b.store("v128.store", { region: MEMORY, address: out }, sum);
          b.advance(out, pixelBytes);
        });
      });
    });
  });
  return b.finish(name);
}

/** Adds the gradient of a depthwise convolution's weights, of one image with its border of zeros. */
export function depthwiseWeightsKernel(
  name: string,
  { kernel, stride }: DepthwiseCase,
): KernelCode {
  const b = new KernelBuilder();
  const [x, xRow, dw, wRow, wTap, dy, height, width, pixelBytes] = parameters(b, "dy");
  b.for("kh", { until: kernel }, (kh) => {
    b.for("c", { until: pixelBytes, step: VECTOR_BYTES }, (c) => {
      const line = b.let("dw_line", add(add(dw, c), mul(kh, wRow)));
      const sums = walk(b, line, { step: wTap, count: kernel }).map((load, kw) =>
        b.let(`sum${kw}`, load())
      );
      b.for("oy", { until: height }, (oy) => {
        forTiles(b, width, (ox, pixels) => {
          const dyPixel = b.let(
            "dy_pixel",
            add(add(dy, c), mul(add(mul(oy, width), ox), pixelBytes)),
          );
          const gradients = walk(b, dyPixel, { step: pixelBytes, count: pixels }).map((load, p) =>
            b.let(`dy${p}`, load())
          );
          const xLine = b.let(
            "x_line",
            add(
              add(add(x, c), mul(add(mul(oy, stride), kh), xRow)),
              mul(mul(ox, stride), pixelBytes),
            ),
          );
          walk(b, xLine, { step: pixelBytes, count: (pixels - 1) * stride + kernel }).forEach(
            (load, column) => {
              const value = b.let("column", load());
              sums.forEach((sum, kw) => {
                const p = (column - kw) / stride;
                if (!Number.isInteger(p) || p < 0 || p >= pixels) return;
                b.set(sum, apply("f32x4.add", [sum, apply("f32x4.mul", [value, gradients[p]])]));
              });
            },
          );
        });
      });
      const out = b.let("dw_out", add(add(dw, c), mul(kh, wRow)));
      sums.forEach((sum) => {
        b.store("v128.store", { region: MEMORY, address: out }, sum);
        b.advance(out, wTap);
      });
    });
  });
  return b.finish(name);
}

/** Copies an image's pixels to places further apart: into a border of zeros, or with gaps. */
export function spreadKernel(name: string): KernelCode {
  const b = new KernelBuilder();
  const [from, to, height, width, pixelBytes, toRow, toPixel] = [
    "from",
    "to",
    "height",
    "width",
    "pixel_bytes",
    "to_row",
    "to_pixel",
  ].map((each) => b.parameter(each));
  const source = b.let("source", from);
  b.for("y", { until: height }, (y) => {
    b.for("x", { until: width }, (x) => {
      const target = b.let("target", add(add(to, mul(y, toRow)), mul(x, toPixel)));
      b.for("c", { until: pixelBytes, step: VECTOR_BYTES }, (c) => {
        const value = b.load("v128.load", { region: MEMORY, address: add(source, c) });
        b.store("v128.store", { region: MEMORY, address: add(target, c) }, value);
      });
      b.advance(source, pixelBytes);
    });
  });
  return b.finish(name);
}

function parameters(b: KernelBuilder, output: string): Value[] {
  return ["x", "x_row", "w", "w_row", "w_tap", output, "height", "width", "pixel_bytes"].map(
    (each) => b.parameter(each),
  );
}

/** Tiles of four pixels, then one by one. */
function forTiles(
  b: KernelBuilder,
  width: Value,
  body: (ox: Value, pixels: number) => void,
): void {
  const tiled = b.let("tiled", apply("i32.and", [width, -TILE]));
  b.for("ox", { until: tiled, step: TILE }, (ox) => body(ox, TILE));
  b.for("ox", { from: tiled, until: width }, (ox) => body(ox, 1));
}

/** Loads of vectors `step` bytes apart; each is to be used once, in order. */
function walk(
  b: KernelBuilder,
  from: Value,
  { step, count }: { readonly step: Value; readonly count: number },
): (() => Value)[] {
  const pointer = b.let("pointer", from);
  return Array.from({ length: count }, (_, i) => () => {
    if (i > 0) b.advance(pointer, step);
    return b.load("v128.load", { region: MEMORY, address: pointer });
  });
}
