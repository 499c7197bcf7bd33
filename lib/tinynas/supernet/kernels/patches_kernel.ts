import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, min, mul, sub, vectorOfI32 } from "../../../kernel/values.ts";
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
  const source = { pixels: from, row: fromRow, pixel: fromPixel };
  copyPixels(b, { source, target: { pixels: to, row: toRow, pixel: toPixel }, height, width }, {
    bytes,
    widest,
  });
  return b.finish(name);
}

/** What a kernel for a block of channels of one image needs to be called for all. */
export interface BlockKernel {
  /** Its parameters `x_row` and `bytes` are bytes of a row of the bordered image, and of the block. */
  readonly kernel: KernelCode;
  /** Parameters that point to channels: from block to block they move on as the channels do. */
  readonly channels: readonly string[];
  /** Parameters that point to images: from image to image they move on by what is given as `NAME_image`. */
  readonly images: readonly string[];
  /** Parameters that point to blocks: they move on by what is given as `NAME_block`. */
  readonly blocks: readonly string[];
}

/** What {@link imagesKernel} is given before what the block's kernel is. */
const IMAGES = ["images", "place", "image_height", "image_width", "pixel_bytes", "batch"];

/** Names of what {@link imagesKernel} is given, in order. */
function imagesParameters({ kernel, images, blocks }: BlockKernel): readonly string[] {
  return [
    ...IMAGES,
    ...kernel.parameters.map(({ name }) => name).filter((name) => name !== "bytes"),
    ...images.map((each) => `${each}_image`),
    ...blocks.map((each) => `${each}_block`),
  ];
}

/**
 * Calls a kernel for every block of channels of every image, which is copied to its place within a border
 * of zeros before.
 */
export function imagesKernel(name: string, block: BlockKernel, widest: VectorBytes): KernelCode {
  const b = new KernelBuilder();
  const given = Object.fromEntries(
    imagesParameters(block).map((each) => [each, b.parameter(each)]),
  );
  const [images, place, height, width, pixelBytes, batch] = IMAGES.map((each) => given[each]);
  const rowBytes = b.let("row_bytes", mul(width, pixelBytes));
  b.for("image", { until: batch }, () => {
    const at = Object.fromEntries(
      block.blocks.map((each) => [each, b.let(`${each}_at`, given[each])]),
    );
    b.for("channel", { until: pixelBytes, step: BLOCK_PIXEL_BYTES }, (channel) => {
      const bytes = b.let("bytes", min(BLOCK_PIXEL_BYTES, sub(pixelBytes, channel)));
      const source = { pixels: add(images, channel), row: rowBytes, pixel: pixelBytes };
      const target = { pixels: place, row: given.x_row, pixel: constant(BLOCK_PIXEL_BYTES) };
      copyPixels(b, { source, target, height, width }, { bytes, widest });
      b.call(
        block.kernel.name,
        block.kernel.parameters.map((each) => {
          if (each.name === "bytes") return bytes;
          const value = at[each.name] ?? given[each.name];
          return block.channels.includes(each.name) ? add(value, channel) : value;
        }),
      );
      for (const each of block.blocks) b.advance(at[each], given[`${each}_block`]);
    });
    b.advance(images, mul(height, rowBytes));
    for (const each of block.images) b.advance(given[each], given[`${each}_image`]);
  });
  return b.finish(name);
}

/** Pixels somewhere: bytes from one row and from one pixel to the next. */
interface Pixels {
  readonly pixels: Value;
  readonly row: Value;
  readonly pixel: Value;
}

function copyPixels(
  b: KernelBuilder,
  { source, target, height, width }: {
    readonly source: Pixels;
    readonly target: Pixels;
    readonly height: Value;
    readonly width: Value;
  },
  { bytes, widest }: { readonly bytes: Value; readonly widest: VectorBytes },
): void {
  const pixels = (copy: (from: Value, to: Value) => void) =>
    b.for("y", { until: height }, (y) => {
      const from = b.let("from", add(source.pixels, mul(y, source.row)));
      const to = b.let("to", add(target.pixels, mul(y, target.row)));
      b.for("x", { until: width }, () => {
        copy(from, to);
        b.advance(from, source.pixel);
        b.advance(to, target.pixel);
      });
    });
  b.if(
    apply("i32.eq", [bytes, BLOCK_PIXEL_BYTES]),
    () =>
      pixels((from, to) => {
        for (let offsetBytes = 0; offsetBytes < BLOCK_PIXEL_BYTES; offsetBytes += widest) {
          store(b, { address: to, offsetBytes }, load({ address: from, offsetBytes }, widest));
        }
      }),
    () =>
      pixels((from, to) =>
        forBlocks(
          b,
          { until: bytes, blocks: single(16) },
          (c) => store(b, { address: add(to, c) }, load({ address: add(from, c) }, 16)),
        )
      ),
  );
}
