import { add, apply, mul } from "../../../kernel/values.ts";
import type { EngineOperator } from "../../engine_operator.ts";
import { byteOf, elementAt, fillZeros, plainKernel } from "../../kernels/scalar/plain_kernel.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { expectType } from "../../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../../reference/prepare.ts";

/** Squared magnitudes of the bins of a spectrum, as uint32; 0 for bins that are not asked for. */
export const signalEnergy: EngineOperator<"SignalEnergy"> = {
  types: ["int16"],
  reference: prepareEnergy,
  kernels: [energyKernel],
};

function prepareEnergy(operation: Operation<"SignalEnergy">): ReferenceKernel {
  const { attributes: { startIndex, endIndex }, inputs, outputs } = operation;
  expectType("input", inputs[0], ["int16"]);
  expectType("output", outputs[0], ["uint32"]);
  return ([x], [y]) => {
    y.fill(0);
    for (let bin = startIndex; bin < endIndex; bin++) {
      const [real, imaginary] = [x[2 * bin], x[2 * bin + 1]];
      y[bin] = real * real + imaginary * imaginary;
    }
  };
}

function energyKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SignalEnergy");
  if (operator === null) return null;
  const { startIndex, endIndex } = operator.attributes;
  const { inputs: [input], outputs: [output] } = layer;
  return plainKernel(layer, "energy", (b) => {
    const bins = output.tensor.shape[0];
    fillZeros(b, byteOf(output.region), 4 * Math.min(startIndex, bins));
    const end = Math.max(endIndex, 0);
    fillZeros(b, byteOf(output.region, 4 * end), 4 * (bins - end));
    b.for("bin", { from: startIndex, until: endIndex }, (bin) => {
      const [real, imaginary] = [0, 1].map((part) =>
        b.let("part", b.load("i32.load16_s", elementAt(input!.region, add(mul(bin, 2), part), 2)))
      );
      const energy = apply("i32.add", [mul(real, real), mul(imaginary, imaginary)]);
      b.store("i32.store", elementAt(output.region, bin, 4), energy);
    });
  });
}
