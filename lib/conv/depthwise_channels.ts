import { affine } from "../nest/affine.ts";
import { defineNest } from "../nest/define_nest.ts";
import type { DType } from "../nest/dtype.ts";
import type { Pipeline } from "../nest/pipeline.ts";
import type { ConvGeometry } from "./conv_shape.ts";
import { paddedInput } from "./padded_input.ts";
import { layerPipeline, operandDType, sumDType } from "./products.ts";
import { scheduleTaps } from "./schedule_taps.ts";
import { read, stage, streamed, sumOfProducts } from "./stage.ts";

/**
 * Depthwise convolution in NHWC: vectors run along channels, a few pixels share the weights they
 * load, and the padding is around a copy of the input, so that no tap has to be asked for.
 */
export function depthwiseChannels(g: ConvGeometry): Pipeline {
  const dtype = operandDType(g);
  const source = paddedInput(g, { dtype });
  const [kh, kw] = g.kernel;
  const c = g.inChannels;
  const widened = widenedWeights(g, dtype);
  const nest = defineNest({
    name: "depthwise",
    extents: { y: g.y.extent, x: g.x.extent, c, ky: kh, kx: kw },
    tensors: [
      { name: source.name, dtype, shape: [source.height, source.width * c], role: "input" },
      { name: widened.name, dtype, shape: [kh, kw, c], role: "input" },
      { name: "O", dtype: sumDType(g), shape: [g.y.extent, g.x.extent, c], role: "output" },
    ],
    body: sumOfProducts(
      { tensor: "O", index: [affine("y"), affine("x"), affine("c")] },
      read(source.name, [
        affine({ y: g.stride, ky: 1 }),
        affine({ x: g.stride * c, kx: c, c: 1 }),
      ]),
      read(widened.name, [affine("ky"), affine("kx"), affine("c")]),
    ),
  });
  return layerPipeline(g, {
    name: "depthwise along channels",
    scratch: [...source.buffers, ...widened.buffers],
    nodes: [
      ...widened.nodes,
      ...source.nodes,
      stage("sum the taps", scheduleTaps(nest, { pixels: "x", vectors: "c", rows: "ky" })),
    ],
  });
}

// Weights in the type of the input that they are multiplied with.
function widenedWeights(g: ConvGeometry, dtype: DType) {
  const shape = [...g.kernel, g.inChannels];
  if (dtype === g.dtype) return { name: "W", buffers: [], nodes: [] };
  const elements = shape.reduce((product, size) => product * size, 1);
  const nest = defineNest({
    name: "widen",
    extents: { e: elements },
    tensors: [
      { name: "W", dtype: g.dtype, shape: [elements], role: "input" },
      { name: "U", dtype, shape: [elements], role: "output" },
    ],
    body: {
      target: { tensor: "U", index: [affine("e")] },
      update: "set",
      value: read("W", [affine("e")]),
    },
  });
  return {
    name: "U",
    buffers: [{ name: "U", dtype, shape, role: "scratch" as const }],
    nodes: [stage("widen the weights", streamed(nest, "e"))],
  };
}
