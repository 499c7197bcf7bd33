import { add, apply, mul } from "../../../kernel/values.ts";
import { elements } from "../../../model/shape.ts";
import type { EngineOperator } from "../../engine_operator.ts";
import { elementAt, plainKernel, saturate16 } from "../../kernels/scalar/plain_kernel.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { clamp } from "../../reference/clamp.ts";
import { expectSameType, integerRange } from "../../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../../reference/prepare.ts";

/** Products of int16 samples and weights, shifted down and saturated. */
export const signalWindow: EngineOperator<"SignalWindow"> = {
  types: ["int16"],
  reference: prepareWindow,
  kernels: [windowKernel],
};

function prepareWindow(operation: Operation<"SignalWindow">): ReferenceKernel {
  const { attributes: { shift }, inputs: [input, weights], outputs: [output] } = operation;
  expectSameType([input, weights, output], ["int16"]);
  const range = integerRange("int16");
  return ([x, w], [y]) => {
    for (let i = 0; i < y.length; i++) y[i] = clamp((x[i] * w[i % w.length]) >> shift, range);
  };
}

function windowKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SignalWindow");
  if (operator === null) return null;
  const { inputs: [input, weights], outputs: [output] } = layer;
  const [size] = weights!.tensor.shape;
  if (size === 0) return plainKernel(layer, "window", () => {});
  return plainKernel(layer, "window", (b) => {
    b.for("frame", { until: elements(output.tensor.shape) / size }, (frame) => {
      b.for("i", { until: size }, (i) => {
        const at = b.let("at", add(mul(frame, size), i));
        const x = b.load("i32.load16_s", elementAt(input!.region, at, 2));
        const w = b.load("i32.load16_s", elementAt(weights!.region, i, 2));
        const product = apply("i32.shr_s", [mul(x, w), operator.attributes.shift]);
        b.store("i32.store16", elementAt(output.region, at, 2), saturate16(b, product));
      });
    });
  });
}
