import type { Model } from "../model/model.ts";
import type { Operator } from "../model/operator.ts";
import { type ConvShape, convShapeText } from "./conv_shape.ts";

/**
 * A layer shape and where it was found.
 *
 * @category Convolution
 */
export interface FoundShape {
  /** The shape, in float32 and without a zero point. */
  readonly shape: ConvShape;
  /** Names of the models that have it. */
  readonly models: readonly string[];
  /** Layers of that shape in all of them. */
  readonly layers: number;
}

/**
 * The different shapes of the convolutions of models, in the order in which they first occur.
 * Convolutions in groups, with dilation, with unequal strides or with a depth multiplier are left
 * out: they have no nest.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { convShapes, convShapeText, zoo } from "tinyloom";
 *
 * const shapes = convShapes([zoo("mlperf-tiny-kws")]);
 * assert.deepEqual(shapes.map(({ shape }) => convShapeText(shape)), [
 *   "1x49x10x1,10x4x64,s2,same",
 *   "1x25x5x64,3x3x64,same,dw",
 *   "1x25x5x64,1x1x64,same",
 * ]);
 * assert.equal(shapes[1].layers, 4);
 * ```
 *
 * @category Convolution
 */
export function convShapes(models: readonly Model[]): readonly FoundShape[] {
  const found = new Map<string, { shape: ConvShape; models: Set<string>; layers: number }>();
  for (const model of models) {
    for (const operator of model.operators) {
      const shape = shapeOf(operator, model);
      if (!shape) continue;
      const text = convShapeText(shape);
      const entry = found.get(text) ?? { shape, models: new Set(), layers: 0 };
      entry.models.add(model.name);
      entry.layers++;
      found.set(text, entry);
    }
  }
  return [...found.values()].map((each) => ({ ...each, models: [...each.models] }));
}

function shapeOf(operator: Operator, { tensors }: Model): ConvShape | null {
  if (operator.op !== "CONV_2D" && operator.op !== "DEPTHWISE_CONV_2D") return null;
  const { padding, strideH, strideW, dilationH, dilationW } = operator.attributes;
  const [, height, width, inChannels] = tensors[operator.inputs[0]].shape;
  const filter = tensors[operator.inputs[1]].shape;
  const depthwise = operator.op === "DEPTHWISE_CONV_2D";
  const outChannels = depthwise ? filter[3] : filter[0];
  const whole = depthwise ? outChannels === inChannels : filter[3] === inChannels;
  if (!whole || strideH !== strideW || dilationH * dilationW !== 1) return null;
  return {
    height,
    width,
    inChannels,
    outChannels,
    kernel: [filter[1], filter[2]],
    stride: strideH,
    padding: padding === "SAME" ? "same" : "valid",
    depthwise,
  };
}
