import { affine } from "../nest/affine.ts";
import { defineNest } from "../nest/define_nest.ts";
import type { Nest } from "../nest/nest.ts";
import type { Pipeline, PipelineBuffer } from "../nest/pipeline.ts";
import { vectorize } from "../schedule/vectorize.ts";
import type { ConvGeometry } from "./conv_shape.ts";
import { type InputSource, paddedInput } from "./padded_input.ts";
import { layerPipeline } from "./products.ts";
import { scheduleTaps } from "./schedule_taps.ts";
import { read, stage, sumOfProducts } from "./stage.ts";

/**
 * Int8 depthwise convolution with rows in pairs: each row of the padded input is interleaved with
 * the one below it, so that one instruction multiplies two rows of the kernel with two of the input
 * and adds them. The kernel is filled up with a row of zeros where it has an odd number of them.
 */
export function depthwisePairs(g: ConvGeometry): Pipeline {
  const [kh, kw] = g.kernel;
  const c = g.inChannels;
  const pairs = Math.ceil(kh / 2);
  // With an even stride only every other row starts a pair.
  const step = g.stride % 2 === 0 ? 2 : 1;
  const lastRow = (g.y.extent - 1) * g.stride + 2 * (pairs - 1);
  const source = paddedInput(g, { height: lastRow + 2 });
  const rows = lastRow / step + 1;
  const columns = source.width * c;
  const interleaved: PipelineBuffer = {
    name: "Q",
    dtype: "i16",
    shape: [rows, columns, 2],
    role: "scratch",
  };
  const weights: PipelineBuffer = {
    name: "U",
    dtype: "i16",
    shape: [pairs, kw, c, 2],
    role: "scratch",
  };
  const nest = defineNest({
    name: "depthwise",
    extents: { y: g.y.extent, x: g.x.extent, c, kr: pairs, kx: kw, kp: 2 },
    tensors: [
      { name: "Q", dtype: "i16", shape: interleaved.shape, role: "input" },
      { name: "U", dtype: "i16", shape: weights.shape, role: "input" },
      { name: "O", dtype: "i32", shape: [g.y.extent, g.x.extent, c], role: "output" },
    ],
    body: sumOfProducts(
      { tensor: "O", index: [affine("y"), affine("x"), affine("c")] },
      read("Q", [
        affine({ y: g.stride / step, kr: 2 / step }),
        affine({ x: g.stride * c, kx: c, c: 1 }),
        affine("kp"),
      ]),
      read("U", [affine("kr"), affine("kx"), affine("c"), affine("kp")]),
    ),
  });
  const axes = { pixels: "x", vectors: "c", rows: "kr", pair: "kp" };
  return layerPipeline(g, {
    name: "depthwise, rows in pairs",
    scratch: [...source.buffers, interleaved, weights],
    nodes: [
      stage("interleave rows of the kernel", kernelPairs(g, weights)),
      ...source.nodes,
      stage("interleave rows of the input", rowPairs(source, interleaved, step)),
      stage("sum the taps", scheduleTaps(nest, axes)),
    ],
  });
}

// Q[r][e] = P[step r][e], P[step r + 1][e]
function rowPairs(source: InputSource, interleaved: PipelineBuffer, step: number): Nest {
  const [rows, columns] = interleaved.shape;
  const nest = defineNest({
    name: "pairs",
    extents: { r: rows, e: columns, p: 2 },
    tensors: [
      { name: source.name, dtype: source.dtype, shape: [source.height, columns], role: "input" },
      { name: "Q", dtype: "i16", shape: interleaved.shape, role: "output" },
    ],
    body: {
      target: { tensor: "Q", index: [affine("r"), affine("e"), affine("p")] },
      update: "set",
      value: read(source.name, [affine({ r: step, p: 1 }), affine("e")]),
    },
  });
  return vectorize(nest, "e", { dot: "p" });
}

function kernelPairs(g: ConvGeometry, weights: PipelineBuffer): Nest {
  const [pairs, kw, c] = weights.shape;
  return defineNest({
    name: "pairs",
    extents: { r: pairs, e: kw * c, p: 2 },
    tensors: [
      { name: "W", dtype: g.dtype, shape: [g.kernel[0], kw * c], role: "input" },
      { name: "U", dtype: "i16", shape: [pairs, kw * c, 2], role: "output" },
    ],
    body: {
      target: { tensor: "U", index: [affine("r"), affine("e"), affine("p")] },
      update: "set",
      value: {
        kind: "read",
        access: { tensor: "W", index: [affine({ r: 2, p: 1 }), affine("e")], outside: 0 },
      },
    },
  });
}
