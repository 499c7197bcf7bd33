import type { Dtype } from "../../model/dtype.ts";
import { multiplyByQuantizedMultiplier, quantizeMultiplier } from "../../model/fixed_point.ts";
import { EngineError } from "../engine_error.ts";
import { clamp } from "./clamp.ts";
import { elementwise } from "./elementwise.ts";
import { expectType, QUANTIZED, rangeOf, scaleOf, zeroPointOf } from "./expect.ts";
import type { Prepare } from "./prepare.ts";
import { roundAway } from "./round.ts";

const INTEGERS: readonly Dtype[] = [...QUANTIZED, "int32"];

/** `round(x / scale) + zeroPoint` of real numbers; integers go from one quantization to another. */
export const quantize: Prepare<"QUANTIZE"> = ({ inputs: [input], outputs: [output] }) => {
  expectType("input", input, ["float32", ...INTEGERS]);
  expectType("output", output, input.dtype === "float32" ? QUANTIZED : INTEGERS);
  const range = rangeOf(output.dtype);
  const scale = scaleOf(output);
  if (scale === 0) throw new EngineError(`output "${output.name}" of scale 0, needed above 0`);
  const zeroOut = zeroPointOf(output);
  if (input.dtype === "float32") {
    return elementwise((x) => {
      if (Number.isNaN(x)) throw new RangeError(`QUANTIZE of NaN in tensor "${input.name}"`);
      return clamp(roundAway(Math.fround(x / scale)) + zeroOut, range);
    });
  }
  const factor = quantizeMultiplier(scaleOf(input) / scale);
  const zeroIn = zeroPointOf(input);
  return elementwise((x) =>
    clamp(multiplyByQuantizedMultiplier((x - zeroIn) | 0, factor) + zeroOut, range)
  );
};
