import { quantizeMultiplier, roundingDivideByPot } from "../../model/fixed_point.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { byteFunction } from "../kernels/elementwise/byte_function.ts";
import { floatFunction } from "../kernels/elementwise/float_functions.ts";
import { byteFunctionElements } from "../kernels/scalar/elements_scalar.ts";
import { clamp } from "../reference/clamp.ts";
import { elementwise } from "../reference/elementwise.ts";
import { expectSameType, integerRange, scaleOf, zeroPointOf } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/**
 * `x * relu6(x + 3) / 6`. Integers: in 16 bits, x with 7 bits more precision on the one side, and on
 * the other `relu6(x + 3) / 6` as x scaled so that 3 is 2^15, saturated, and moved to [0, 1].
 */
export const hardSwish: EngineOperator<"HARD_SWISH"> = {
  types: ["float32", "int8", "uint8"],
  reference: prepareHardSwish,
  hasVectors: true,
  kernels: [byteFunction(prepareHardSwish), floatFunction],
  portable: byteFunctionElements(prepareHardSwish),
};

const INT16 = { min: -32768, max: 32767 };

function prepareHardSwish(
  { inputs: [input], outputs: [output] }: Operation<"HARD_SWISH">,
): ReferenceKernel {
  const dtype = expectSameType([input, output], ["float32", "int8", "uint8"]);
  const f = Math.fround;
  if (dtype === "float32") {
    return elementwise((x) => f(x * Math.min(6, Math.max(0, f(x + 3)))) / 6);
  }
  const fineScale = f(scaleOf(input) / 128);
  const out = shortFactor(f(fineScale / scaleOf(output)));
  const gate = shortFactor(f(fineScale / f(3 / 32768)));
  if (out.shift > 0) {
    throw new EngineError(
      `scale ${scaleOf(input)} over ${scaleOf(output)}, needed less than 128`,
    );
  }
  const [zeroIn, zeroOut] = [zeroPointOf(input), zeroPointOf(output)];
  const range = integerRange(dtype);
  return elementwise((x) => {
    const fine = (x - zeroIn) * 128;
    const gated = (scaleGate(fine, gate) + 2 ** 15) >> 1;
    const product = Math.trunc(gated * roundedHighMul(fine, out.multiplier) / 2 ** 15);
    return clamp(roundingDivideByPot(product, -out.shift) + zeroOut, range);
  });
}

interface ShortFactor {
  readonly multiplier: number;
  readonly shift: number;
}

/** A factor as `multiplier * 2 ** (shift - 15)`. */
function shortFactor(real: number): ShortFactor {
  const { multiplier, shift } = quantizeMultiplier(real);
  return { multiplier: Math.min(INT16.max, (multiplier + 2 ** 15) / 2 ** 16 | 0), shift };
}

/** `x * factor` in 16 bits, saturating; the last left shift comes after the rounding. */
function scaleGate(x: number, { multiplier, shift }: ShortFactor): number {
  if (shift <= 0) return roundingDivideByPot(roundedHighMul(x, multiplier), -shift);
  const shifted = clamp(x * 2 ** (shift - 1), INT16);
  return clamp(roundedHighMul(shifted, multiplier) * 2, INT16);
}

/** `round(a b / 2^15)` of int16, as gemmlowp's SaturatingRoundingDoublingHighMul rounds. */
function roundedHighMul(a: number, b: number): number {
  const product = a * b;
  return Math.trunc((product + (product >= 0 ? 2 ** 14 : 1 - 2 ** 14)) / 2 ** 15);
}
