import { add, apply, choose, constant, mul, sub } from "../../../kernel/values.ts";
import type { EngineOperator } from "../../engine_operator.ts";
import { elementAt, plainKernel } from "../../kernels/scalar/plain_kernel.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { expectType } from "../../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../../reference/prepare.ts";

/**
 * Natural logarithms of uint32 in fixed point. The binary logarithm has 16 bits behind the point: the
 * position of the leading bit, the bits behind it, and what they are short of the logarithm from a
 * table of 128 segments, interpolated. It is multiplied by log(2), and by a scale.
 */
export const signalFilterBankLog: EngineOperator<"SignalFilterBankLog"> = {
  types: ["uint32"],
  reference: prepareLog,
  kernels: [logKernel],
};

const SEGMENT_BITS = 7;
const SCALE_BITS = 16;
const REST_BITS = SCALE_BITS - SEGMENT_BITS;
const HALF = 1 << (SCALE_BITS - 1);
const MOST = 32767;
/** log(2) with 16 bits behind the point. */
const LOG_2 = 45426;

/** `log2(1 + x) - x` at the ends of segments, with 16 bits behind the point. */
const SHORTFALLS = Uint16Array.from({ length: 2 + (1 << SEGMENT_BITS) }, (_, i) => {
  const x = i / (1 << SEGMENT_BITS);
  return x > 1 ? 0 : Math.round((Math.log2(1 + x) - x) * (1 << SCALE_BITS));
});

function prepareLog(operation: Operation<"SignalFilterBankLog">): ReferenceKernel {
  const { attributes, inputs: [input], outputs: [output] } = operation;
  const { inputCorrectionBits, outputScale } = attributes;
  expectType("input", input, ["uint32"]);
  expectType("output", output, ["int16"]);
  return ([x], [y]) => {
    for (let i = 0; i < y.length; i++) {
      const scaled = (x[i] << inputCorrectionBits) >>> 0;
      y[i] = scaled > 1 ? Math.min(scaledLog(scaled, outputScale), MOST) : 0;
    }
  };
}

function scaledLog(x: number, scale: number): number {
  const exponent = 31 - Math.clz32(x);
  const behind = x - 2 ** exponent;
  const fraction = exponent < SCALE_BITS
    ? behind << (SCALE_BITS - exponent)
    : behind >>> (exponent - SCALE_BITS);
  const segment = fraction >> REST_BITS;
  const [from, to] = SHORTFALLS.subarray(segment, segment + 2);
  const rest = fraction - (segment << REST_BITS);
  const shortfall = from + ((to - from) * rest >> SCALE_BITS);
  const binary = (exponent << SCALE_BITS) + fraction + shortfall;
  const natural = Math.floor((LOG_2 * binary + HALF) / 2 ** SCALE_BITS);
  return (Math.imul(scale, natural) + HALF) >>> SCALE_BITS;
}

function logKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SignalFilterBankLog");
  if (operator === null) return null;
  const { inputCorrectionBits, outputScale } = operator.attributes;
  const { name, constants, inputs: [input], outputs: [output] } = layer;
  const table = constants.place(`${name}_shortfalls`, new Uint8Array(SHORTFALLS.buffer));
  return plainKernel(layer, "log", (b) => {
    b.for("i", { until: output.tensor.shape[0] }, (i) => {
      const loaded = b.load("i32.load", elementAt(input!.region, i, 4));
      const x = b.let("x", apply("i32.shl", [loaded, inputCorrectionBits]));
      const y = b.let("y", 0);
      b.if(apply("i32.gt_u", [x, 1]), () => {
        const exponent = b.let("exponent", sub(31, apply("i32.clz", [x])));
        const behind = b.let("behind", sub(x, apply("i32.shl", [1, exponent])));
        const isLow = apply("i32.lt_s", [exponent, SCALE_BITS]);
        const up = apply("i32.shl", [behind, sub(SCALE_BITS, exponent)]);
        const down = apply("i32.shr_u", [behind, sub(exponent, SCALE_BITS)]);
        const fraction = b.let("fraction", choose(isLow, up, down));
        const segment = b.let("segment", apply("i32.shr_u", [fraction, REST_BITS]));
        const [from, to] = [0, 1].map((end) =>
          b.let("end", b.load("i32.load16_u", elementAt(table, add(segment, end), 2)))
        );
        const rest = sub(fraction, apply("i32.shl", [segment, REST_BITS]));
        const slope = apply("i32.shr_s", [mul(sub(to, from), rest), SCALE_BITS]);
        const whole = add(apply("i32.shl", [exponent, SCALE_BITS]), fraction);
        const binary = apply("i64.extend_i32_u", [add(add(whole, from), slope)]);
        const product = apply("i64.mul", [constant(BigInt(LOG_2), "i64"), binary]);
        const rounded = apply("i64.add", [product, constant(BigInt(HALF), "i64")]);
        const natural = apply("i32.wrap_i64", [
          apply("i64.shr_u", [rounded, constant(BigInt(SCALE_BITS), "i64")]),
        ]);
        const scaled = add(mul(natural, outputScale), HALF);
        b.set(y, apply("i32.shr_u", [scaled, SCALE_BITS]));
        b.if(apply("i32.gt_u", [y, MOST]), () => b.set(y, MOST));
      });
      b.store("i32.store16", elementAt(output.region, i, 2), y);
    });
  });
}
