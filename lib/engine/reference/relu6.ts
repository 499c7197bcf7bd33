import { clamp, outputRange } from "./clamp.ts";
import { elementwise } from "./elementwise.ts";
import { ACTIVATIONS, expectSameType } from "./expect.ts";
import type { Prepare } from "./prepare.ts";

/**
 * `min(6, max(0, x))`. Integers are clamped, never requantized, to what 0 and 6 are in the input's
 * quantization, as TFLM's kernel does even where the output's differs.
 */
export const relu6: Prepare<"RELU6"> = ({ inputs: [input], outputs: [output] }) => {
  expectSameType([input, output], ACTIVATIONS);
  const range = outputRange("RELU6", input);
  return elementwise((x) => clamp(x, range));
};
