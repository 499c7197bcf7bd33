import { rangeOf } from "../engine/reference/expect.ts";
import type { Port } from "./ports.ts";
import type { CProgram } from "./program.ts";

/**
 * Functions between floats and the integers at the edges of a plan: what a QUANTIZE or DEQUANTIZE
 * there would compute, division and multiplication in single precision, halves away from zero. The
 * product of a scale and a difference of two int8 or int16 is exact but for one rounding, so single
 * precision gives what double precision rounded at the end does.
 */
export function edgesText({ prefix, macro, ports }: CProgram): string {
  const inputs = ports.inputs.map((port, i) =>
    port.isFloatInModel ? quantize(port, { prefix, id: `${macro}_INPUT_${i}`, i }) : ""
  );
  const outputs = ports.outputs.map((port, i) =>
    port.isFloatInModel ? dequantize(port, { prefix, id: `${macro}_OUTPUT_${i}`, i }) : ""
  );
  const helper = inputs.some((text) => text.includes("quantized(")) ? quantizedText : "";
  return helper + inputs.join("") + outputs.join("");
}

interface Names {
  readonly prefix: string;
  readonly id: string;
  readonly i: number;
}

function quantize(port: Port, { prefix, id, i }: Names): string {
  const { tensor: { dtype }, type } = port;
  const { min, max } = rangeOf(dtype);
  return `void ${prefix}_quantize_input_${i}(${type} *to, const float *from) {
  size_t at;
  for (at = 0; at < ${id}_ELEMENTS; at++) {
    to[at] = (${type})quantized(from[at] / ${id}_SCALE, ${id}_ZERO_POINT, ${min}, ${max});
  }
}

`;
}

function dequantize({ type }: Port, { prefix, id, i }: Names): string {
  return `void ${prefix}_dequantize_output_${i}(float *to) {
  const ${type} *from = ${id};
  size_t at;
  for (at = 0; at < ${id}_ELEMENTS; at++) {
    to[at] = ${id}_SCALE * (float)(from[at] - ${id}_ZERO_POINT);
  }
}

`;
}

const quantizedText =
  `/* The nearest integer, halves away from zero, within a range; 0 for what is no number. */
static int32_t quantized(float value, int32_t zero_point, int32_t least, int32_t most) {
  int32_t whole;
  float rest;
  if (!(value > -131072.0f)) return value == value ? least : zero_point;
  if (value > 131072.0f) return most;
  whole = (int32_t)value;
  rest = value - (float)whole;
  if (rest >= 0.5f) whole++;
  if (rest <= -0.5f) whole--;
  whole += zero_point;
  return whole < least ? least : whole > most ? most : whole;
}

`;
