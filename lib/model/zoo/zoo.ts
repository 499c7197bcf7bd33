import { checkOptions } from "../../check_arguments.ts";
import type { Model } from "../model.ts";
import { buildModel, zooEntry } from "./build_model.ts";
import type { GraphBuilder } from "./graph_builder.ts";
import type { ZooOptions } from "./zoo_options.ts";

/**
 * Builds a published network as an int8 model: the architecture as its authors give it, in the
 * operators that a TFLite converter writes, with seeded random weights (per-channel scales;
 * fully connected layers have one scale) and quantization under which results spread over int8
 * instead of saturating. Sizes, MACs and parameters are those of the real network, results are not:
 * nothing is trained, nothing is downloaded. The same name and options give the same model, byte
 * for byte.
 *
 * - `mobilenet_v1`, `mobilenet_v2`: at any width, resolution and number of classes.
 * - `proxyless-mobile`, `-mobile14`, `-cpu`, `-gpu`: the ProxylessNAS networks, likewise.
 * - `mcunet-in0` to `in4` (ImageNet) and `mcunet-vww0` to `vww2` (Visual Wake Words), and the
 *   baselines they are compared to, at the width and resolution in the name: `mbv2-w0.35-r144`,
 *   `proxyless-w0.3-r176`.
 * - `mlperf-tiny-vww`, `-kws`, `-ic`, `-ad`: MLPerf Tiny's MobileNetV1 of width 0.25, DS-CNN,
 *   ResNet-8 and auto-encoder.
 *
 * Batch normalization is folded into the convolutions: a bias for each channel where published
 * parameter counts have the scale and the offset.
 *
 * @param name One of `zooNames()`; `zooTable()` tells more about them.
 * @throws {RangeError} for an unknown name, or an option out of range.
 * @throws {TypeError} for an option that the network does not take.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { macs, zoo } from "tinyloom";
 *
 * assert.equal(macs(zoo("mcunet-in3")), 81_785_520); // published: 81.8 M
 * const small = zoo("mobilenet_v2", { width: 0.35, resolution: 144, classes: 10 });
 * assert.deepEqual(small.tensors[small.inputs[0]].shape, [1, 144, 144, 3]);
 * assert.deepEqual(small.tensors[small.outputs[0]].shape, [1, 10]);
 * ```
 *
 * @category Zoo
 */
export function zoo(name: string, options: ZooOptions = {}): Model {
  checkOptions("zoo", options, "width resolution classes explicitPadding floatEdges seed");
  const { entry, settings } = zooEntry(name, options);
  const output = (graph: GraphBuilder) => entry.build(graph, settings);
  return buildModel(name, { settings, architecture: entry.architecture, build: output });
}
