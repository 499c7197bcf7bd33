import { apply, constant, either, max, sub } from "../../../kernel/values.ts";
import type { EngineOperator } from "../../engine_operator.ts";
import { byteOf, elementAt, plainKernel } from "../../kernels/scalar/plain_kernel.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { expectType } from "../../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../../reference/prepare.ts";

/** Shifts int16 samples up until the largest has its leading bit at the sign's side. */
export const signalFftAutoScale: EngineOperator<"SignalFftAutoScale"> = {
  types: ["int16"],
  reference: prepareAutoScale,
  kernels: [autoScaleKernel],
};

function prepareAutoScale(
  { inputs: [input], outputs: [output, bits] }: Operation<"SignalFftAutoScale">,
): ReferenceKernel {
  expectType("input", input, ["int16"]);
  expectType("output", output, ["int16"]);
  expectType("bits", bits, ["int32"]);
  return ([x], [y, shift]) => {
    // Kept in int16: of -32768 the magnitude is negative, and any sample behind it replaces it.
    let largest = 0;
    for (let i = 0; i < y.length; i++) {
      if (x[i] > largest) largest = x[i];
      else if (-x[i] > largest) largest = -x[i] << 16 >> 16;
    }
    shift[0] = largest === 0 ? 0 : Math.max(0, Math.clz32(largest) - 17);
    for (let i = 0; i < y.length; i++) y[i] = x[i] << shift[0];
  };
}

function autoScaleKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "SignalFftAutoScale") === null) return null;
  const { inputs: [input], outputs: [output, bits] } = layer;
  const count = output.tensor.shape[0];
  return plainKernel(layer, "fft auto scale", (b) => {
    const largest = b.let("largest", 0);
    b.for("i", { until: count }, (i) => {
      const x = b.let("x", b.load("i32.load16_s", elementAt(input!.region, i, 2)));
      const negated = b.let("negated", apply("i32.sub", [0, x]));
      b.if(apply("i32.gt_s", [x, largest]), () => b.set(largest, x), () => {
        b.if(apply("i32.gt_s", [negated, largest]), () => {
          b.set(largest, apply("i32.extend16_s", [negated]));
        });
      });
    });
    const zeros = sub(apply("i32.clz", [largest]), 17);
    const shift = b.let("shift", either(largest, max(b.let("zeros", zeros), 0), constant(0)));
    b.for("i", { until: count }, (i) => {
      const x = b.load("i32.load16_s", elementAt(input!.region, i, 2));
      b.store("i32.store16", elementAt(output.region, i, 2), apply("i32.shl", [x, shift]));
    });
    b.store("i32.store", byteOf(bits.region), shift);
  });
}
