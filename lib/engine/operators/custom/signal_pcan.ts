import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, constant, mul, sub } from "../../../kernel/values.ts";
import type { EngineOperator } from "../../engine_operator.ts";
import { elementAt, plainKernel } from "../../kernels/scalar/plain_kernel.ts";
import { type Layer, type LayerKernel, operatorOf, type PlacedTensor } from "../../layer.ts";
import { expectType } from "../../reference/expect.ts";
import type { NumberArray, Operation, ReferenceKernel } from "../../reference/prepare.ts";

/**
 * Automatic gain control by channel (PCAN; Wang et al., ICASSP 2017) in fixed point: the gain of a
 * noise estimate is a quadratic spline with a piece for every position of its leading bit, and the
 * signal times the gain is compressed: squares at first, then a line.
 */
export const signalPcan: EngineOperator<"SignalPCAN"> = {
  types: ["uint32"],
  reference: preparePcan,
  kernels: [pcanKernel],
};

/** Bits behind the point of signal over noise, and of the output. */
const SNR_BITS = 12;
const OUTPUT_BITS = 6;
const LINE_FROM = 2 << SNR_BITS;
const SQUARE_SHIFT = 2 + 2 * SNR_BITS - OUTPUT_BITS;

/** Bits of a noise estimate behind its leading one that a piece is evaluated at. */
const PIECE_BITS = 10;
const PIECE_MASK = (1 << PIECE_BITS) - 1;

function preparePcan(operation: Operation<"SignalPCAN">): ReferenceKernel {
  const { attributes: { snrShift }, inputs: [input, noise, gains], outputs: [output] } = operation;
  for (const tensor of [input, noise, output]) expectType(`"${tensor.name}"`, tensor, ["uint32"]);
  expectType("gains", gains, ["int16"]);
  return ([x, estimates, table], [y]) => {
    for (let i = 0; i < y.length; i++) {
      // A gain below 0 is a large one without sign.
      const gain = BigInt(gainOf(estimates[i], table) >>> 0);
      const snr = BigInt.asUintN(64, BigInt(x[i]) * gain) >> BigInt(snrShift);
      y[i] = shrink(Number(BigInt.asUintN(32, snr)));
    }
  };
}

function gainOf(estimate: number, table: NumberArray): number {
  if (estimate <= 2) return table[estimate];
  const bits = 32 - Math.clz32(estimate);
  const [value, slope, curve] = table.subarray(4 * bits - 6, 4 * bits - 3);
  const shift = PIECE_BITS + 1 - bits;
  const at = (shift > 0 ? estimate << shift : estimate >>> -shift) & PIECE_MASK;
  const sum = Math.imul(((curve * at) >> 5) + (slope << 5), at);
  return (((sum + (1 << 14)) >> 15) + value) << 16 >> 16;
}

function shrink(snr: number): number {
  if (snr < LINE_FROM) return (snr * snr) >>> SQUARE_SHIFT;
  return (snr >>> (SNR_BITS - OUTPUT_BITS)) - (1 << OUTPUT_BITS);
}

function pcanKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SignalPCAN");
  if (operator === null) return null;
  const { inputs: [input, noise, gains], outputs: [output] } = layer;
  const shift = constant(BigInt(operator.attributes.snrShift), "i64");
  return plainKernel(layer, "pcan", (b) => {
    b.for("i", { until: output.tensor.shape[0] }, (i) => {
      const estimate = b.let("estimate", b.load("i32.load", elementAt(noise!.region, i, 4)));
      const gain = gainValue(b, estimate, gains!);
      const x = b.load("i32.load", elementAt(input!.region, i, 4));
      const product = apply("i64.mul", [x, gain].map((each) => apply("i64.extend_i32_u", [each])));
      const snr = b.let("snr", apply("i32.wrap_i64", [apply("i64.shr_u", [product, shift])]));
      const square = apply("i32.shr_u", [mul(snr, snr), SQUARE_SHIFT]);
      const line = sub(apply("i32.shr_u", [snr, SNR_BITS - OUTPUT_BITS]), 1 << OUTPUT_BITS);
      const shrunk = choose(apply("i32.lt_u", [snr, LINE_FROM]), square, line);
      b.store("i32.store", elementAt(output.region, i, 4), shrunk);
    });
  });
}

function gainValue(b: KernelBuilder, estimate: Value, { region }: PlacedTensor): Value {
  const entry = (index: Value) =>
    b.let("entry", b.load("i32.load16_s", elementAt(region, index, 2)));
  const gain = b.let("gain", 0);
  b.if(apply("i32.le_u", [estimate, 2]), () => b.set(gain, entry(estimate)), () => {
    const bits = b.let("bits", sub(32, apply("i32.clz", [estimate])));
    const first = b.let("first", sub(mul(bits, 4), 6));
    const [value, slope, curve] = [0, 1, 2].map((part) => entry(b.let("at", add(first, part))));
    const isShort = apply("i32.le_s", [bits, PIECE_BITS]);
    const up = apply("i32.shl", [estimate, sub(PIECE_BITS + 1, bits)]);
    const down = apply("i32.shr_u", [estimate, sub(bits, PIECE_BITS + 1)]);
    const at = b.let("x", apply("i32.and", [choose(isShort, up, down), PIECE_MASK]));
    const bent = apply("i32.shr_s", [mul(curve, at), 5]);
    const sum = mul(add(bent, apply("i32.shl", [slope, 5])), at);
    const rounded = apply("i32.shr_s", [add(sum, 1 << 14), 15]);
    b.set(gain, apply("i32.extend16_s", [add(rounded, value)]));
  });
  return gain;
}
