import type { Value } from "../../../kernel/kernel.ts";
import { apply, choose, constant, sub } from "../../../kernel/values.ts";
import type { EngineOperator } from "../../engine_operator.ts";
import { elementAt, plainKernel } from "../../kernels/scalar/plain_kernel.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { expectSameType } from "../../reference/expect.ts";
import { keptNumbers } from "../../reference/kept_numbers.ts";
import { noScope, type Operation, type ReferenceKernel } from "../../reference/prepare.ts";

/**
 * Noise of every channel as a moving average, which is kept, and what the signal is above it. Numbers
 * are uint32, products uint64.
 */
export const signalFilterBankSpectralSubtraction: EngineOperator<
  "SignalFilterBankSpectralSubtraction"
> = {
  types: ["uint32"],
  reference: prepareSubtraction,
  kernels: [subtractionKernel],
};

function prepareSubtraction(
  { attributes, inputs: [input], outputs }: Operation<"SignalFilterBankSpectralSubtraction">,
): ReferenceKernel {
  expectSameType([input, ...outputs], ["uint32"]);
  const { smoothingBits, clamping } = attributes;
  const factor = (value: number) => BigInt(value >>> 0);
  const factors = [
    [attributes.smoothing, attributes.oneMinusSmoothing],
    [attributes.alternateSmoothing, attributes.alternateOneMinusSmoothing],
  ].map((pair) => pair.map(factor));
  const bits = BigInt(attributes.spectralSubtractionBits);
  const scaled = (x: bigint) => Number(BigInt.asUintN(32, BigInt.asUintN(64, x) >> bits));
  return ([x], [y, estimates], { kept } = noScope) => {
    const noise = keptNumbers(kept, "uint32");
    for (let i = 0; i < y.length; i++) {
      const [smoothing, oneMinus] = factors[i % 2];
      const signal = (x[i] << smoothingBits) >>> 0;
      noise[i] = scaled(BigInt(signal) * smoothing + BigInt(noise[i]) * oneMinus);
      const estimate = Math.min(noise[i], signal);
      if (clamping) noise[i] = estimate;
      const floor = scaled(BigInt(x[i]) * factor(attributes.minSignalRemaining));
      y[i] = Math.max((signal - estimate) >>> smoothingBits, floor);
    }
    estimates.set(noise);
  };
}

function subtractionKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SignalFilterBankSpectralSubtraction");
  if (operator === null) return null;
  const { attributes } = operator;
  const { smoothingBits, clamping } = attributes;
  const { inputs: [input], outputs: [output, estimates] } = layer;
  const kept = layer.kept!;
  const wide = (x: Value) => apply("i64.extend_i32_u", [x]);
  const product = (x: Value, factor: Value) => apply("i64.mul", [wide(x), wide(factor)]);
  const bits = constant(BigInt(attributes.spectralSubtractionBits), "i64");
  const scaled = (x: Value) => apply("i32.wrap_i64", [apply("i64.shr_u", [x, bits])]);
  return plainKernel(layer, "spectral subtraction", (b) => {
    b.for("i", { until: output.tensor.shape[0] }, (i) => {
      const isOdd = b.let("is_odd", apply("i32.and", [i, 1]));
      const factor = (odd: number, even: number) =>
        b.let("factor", choose(isOdd, constant(odd), constant(even)));
      const smoothing = factor(attributes.alternateSmoothing, attributes.smoothing);
      const oneMinus = factor(attributes.alternateOneMinusSmoothing, attributes.oneMinusSmoothing);
      const x = b.let("x", b.load("i32.load", elementAt(input!.region, i, 4)));
      const signal = b.let("signal", apply("i32.shl", [x, smoothingBits]));
      const place = elementAt(kept, i, 4);
      const sum = apply("i64.add", [
        product(signal, smoothing),
        product(b.load("i32.load", place), oneMinus),
      ]);
      const noise = b.let("noise", scaled(sum));
      const estimate = b.let(
        "estimate",
        choose(
          apply("i32.gt_u", [noise, signal]),
          signal,
          noise,
        ),
      );
      const left = clamping ? estimate : noise;
      b.store("i32.store", place, left);
      b.store("i32.store", elementAt(estimates.region, i, 4), left);
      const floor = b.let("floor", scaled(product(x, constant(attributes.minSignalRemaining))));
      const rest = b.let("rest", apply("i32.shr_u", [sub(signal, estimate), smoothingBits]));
      const most = choose(apply("i32.gt_u", [rest, floor]), rest, floor);
      b.store("i32.store", elementAt(output.region, i, 4), most);
    });
  });
}
