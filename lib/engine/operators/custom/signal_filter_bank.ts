import { add, apply, constant, sub } from "../../../kernel/values.ts";
import { constantValues } from "../../../model/constant.ts";
import type { Tensor } from "../../../model/tensor.ts";
import { EngineError } from "../../engine_error.ts";
import type { EngineOperator } from "../../engine_operator.ts";
import { elementAt, plainKernel } from "../../kernels/scalar/plain_kernel.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { expectType } from "../../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../../reference/prepare.ts";

/**
 * Channels of a bank of overlapping triangles (mel filters): a bin counts with its weight in one
 * channel and with its unweight in the next. Sums are uint64.
 */
export const signalFilterBank: EngineOperator<"SignalFilterBank"> = {
  types: ["uint32"],
  reference: prepareFilterBank,
  kernels: [filterBankKernel],
};

function prepareFilterBank(
  { attributes: { numChannels }, inputs, outputs: [output] }: Operation<"SignalFilterBank">,
): ReferenceKernel {
  const [input, ...tables] = inputs;
  expectType("input", input, ["uint32"]);
  for (const table of tables) expectType(`table "${table.name}"`, table, ["int16"]);
  expectType("output", output, ["uint64"]);
  checkTables(inputs, numChannels);
  return ([x, weights, unweights, starts, weightStarts, widths], [y]) => {
    const sums = y as unknown as BigUint64Array;
    let [sum, next] = [0n, 0n];
    for (let channel = 0; channel <= numChannels; channel++) {
      for (let bin = 0; bin < widths[channel]; bin++) {
        const energy = BigInt(x[starts[channel] + bin]);
        sum += BigInt(weights[weightStarts[channel] + bin]) * energy;
        next += BigInt(unweights[weightStarts[channel] + bin]) * energy;
      }
      if (channel > 0) sums[channel - 1] = sum;
      [sum, next] = [next, 0n];
    }
  };
}

/** Refuses tables that reach beyond what they are tables of, or might: those that are computed. */
function checkTables(inputs: readonly Tensor[], numChannels: number): void {
  const [input, weights, unweights, ...tables] = inputs;
  if (tables.some(({ data }) => data === null)) {
    throw new EngineError("tables of channels that are computed, needed constants");
  }
  const [starts, weightStarts, widths] = tables.map((table) => constantValues(table) as Int16Array);
  const fits = (from: number, width: number, { shape }: Tensor) =>
    width <= 0 || from >= 0 && from + width <= shape[0];
  for (let channel = 0; channel <= numChannels; channel++) {
    const width = widths[channel];
    const isWithin = fits(starts[channel], width, input) &&
      [weights, unweights].every((table) => fits(weightStarts[channel], width, table));
    if (!isWithin) throw new EngineError(`channel ${channel} reaches beyond its bins or weights`);
  }
}

function filterBankKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SignalFilterBank");
  if (operator === null) return null;
  const { inputs, outputs: [output] } = layer;
  const [input, weights, unweights, starts, weightStarts, widths] = inputs.map((each) =>
    each!.region
  );
  return plainKernel(layer, "filter bank", (b) => {
    const [sum, next] = [constant(0n, "i64"), constant(0n, "i64")].map((zero) =>
      b.let("sum", zero)
    );
    b.for("channel", { until: operator.attributes.numChannels + 1 }, (channel) => {
      const [start, weightStart, width] = [starts, weightStarts, widths].map((table) =>
        b.let("entry", b.load("i32.load16_s", elementAt(table, channel, 2)))
      );
      b.for("bin", { until: width }, (bin) => {
        const load = b.load("i32.load", elementAt(input, add(start, bin), 4));
        const energy = b.let("energy", apply("i64.extend_i32_u", [load]));
        const at = b.let("at", add(weightStart, bin));
        [[sum, weights], [next, unweights]].forEach(([total, table]) => {
          const weight = b.load("i32.load16_s", elementAt(table as typeof weights, at, 2));
          const product = apply("i64.mul", [apply("i64.extend_i32_s", [weight]), energy]);
          b.set(total as typeof sum, apply("i64.add", [total as typeof sum, product]));
        });
      });
      // The first sum is what lies below the first channel.
      b.if(apply("i32.ne", [channel, 0]), () => {
        b.store("i64.store", elementAt(output.region, sub(channel, 1), 8), sum);
      });
      b.set(sum, next);
      b.set(next, constant(0n, "i64"));
    });
  });
}
