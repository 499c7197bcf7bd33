import { commentText } from "./header_text.ts";
import type { Port } from "./ports.ts";
import type { CProgram } from "./program.ts";

/** Weights and tables, one array: kernels find theirs by constant offsets. */
export function weightsText({ prefix, macro, constants, constantParts, ports }: CProgram): string {
  const parts: string[] = [];
  let next = 0;
  for (const { name, offset, sizeBytes } of constantParts) {
    if (offset > next) parts.push(bytesText(constants.subarray(next, offset)));
    const bytes = constants.subarray(offset, offset + sizeBytes);
    parts.push(`  /* ${commentText(name)}, from byte ${offset} */`, bytesText(bytes));
    next = offset + sizeBytes;
  }
  if (constants.length === 0) parts.push("  0");
  return `#include "${prefix}.h"

#ifndef ${macro}_WEIGHTS_ATTRIBUTE
#if defined(__GNUC__)
#define ${macro}_WEIGHTS_ATTRIBUTE __attribute__((aligned(16)))
#else
#define ${macro}_WEIGHTS_ATTRIBUTE
#endif
#endif

${macro}_WEIGHTS_ATTRIBUTE const uint8_t ${prefix}_weights[] = {
${parts.filter((text) => text !== "").join("\n")}
};
${ports.outputs.map((port, i) => constantOutput(port, `${prefix}_output_${i}`)).join("")}`;
}

function constantOutput({ type, elements, data, place }: Port, name: string): string {
  if (data === null || place !== null) return "";
  return `\nconst ${type} ${name}[${elements}] = {${elementsText(data, type)}};\n`;
}

/** The elements of a tensor as initializers. */
export function elementsText(bytes: Uint8Array, type: string): string {
  const { buffer } = bytes.slice();
  switch (type) {
    case "int8_t":
      return new Int8Array(buffer).join(",");
    case "int16_t":
      return new Int16Array(buffer).join(",");
    case "int32_t":
      return Array.from(new Int32Array(buffer), (x) => x === -(2 ** 31) ? "INT32_MIN" : x).join(
        ",",
      );
    case "int64_t":
      return Array.from(
        new BigInt64Array(buffer),
        (x) => x === -(2n ** 63n) ? "INT64_MIN" : `INT64_C(${x})`,
      ).join(",");
    case "float":
      return Array.from(new Float32Array(buffer), (x) => `${floatText(x)}f`).join(",");
    default:
      return bytes.join(",");
  }
}

function floatText(value: number): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Bytes in lines of less than 100 characters. */
export function bytesText(bytes: Uint8Array): string {
  const lines: string[] = [];
  const perLine = 24;
  for (let i = 0; i < bytes.length; i += perLine) {
    lines.push(`  ${bytes.subarray(i, i + perLine).join(",")},`);
  }
  return lines.join("\n");
}
