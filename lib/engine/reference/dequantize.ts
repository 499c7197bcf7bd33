import { elementwise } from "./elementwise.ts";
import { expectType, QUANTIZED, scaleOf, zeroPointOf } from "./expect.ts";
import type { Prepare } from "./prepare.ts";

/** `scale * (q - zeroPoint)`, rounded to float32 once. */
export const dequantize: Prepare<"DEQUANTIZE"> = ({ inputs: [input], outputs: [output] }) => {
  expectType("input", input, QUANTIZED);
  expectType("output", output, ["float32"]);
  const scale = scaleOf(input);
  const zeroPoint = zeroPointOf(input);
  return elementwise((q) => scale * (q - zeroPoint));
};
