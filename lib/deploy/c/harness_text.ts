import type { CProgram, Port } from "./program.ts";

/**
 * Glue for a test harness with an interface of its own; nothing where there is none. The harness gives
 * and takes what the model does: floats where its edges are floats.
 */
export function harnessText(program: CProgram): string {
  const { prefix, macro, ports } = program;
  const inputs = ports.inputs.map((port, i) => inputOf(program, port, i));
  const outputs = ports.outputs.map((port, i) => outputOf(program, port, i));
  const select = (of: readonly HarnessPort[], what: "pointer" | "bytes", cast: string) =>
    of.map((port, i) => `  if (i == ${i}) return ${cast}${port[what]};\n`).join("");
  const memory = [...inputs, ...outputs].map(({ memory }) => memory).join("");
  const [before, after] = [inputs, outputs].map((of) => of.map(({ convert }) => convert).join(""));
  // With this prefix the model's own function is the harness's, or has another name meanwhile.
  const own = renamedInvoke(program) === "" ? `${prefix}_invoke` : "model_invoke_integers";
  const invoke = own === "model_invoke"
    ? ""
    : `${
      own === "model_invoke_integers" ? "#undef model_invoke\nvoid model_invoke(void);\n\n" : ""
    }void model_invoke(void) {\n${before}  ${own}();\n${after}}\n\n`;
  return `#include "${prefix}.h"

#if defined(__has_include)
#if __has_include("tinyloom_model.h")
#include <string.h>

#include "tinyloom_model.h"

${memory}int model_init(void) {
  ${prefix}_reset();
  return 0;
}

${invoke}int8_t *model_input(int i) {
${select(inputs, "pointer", "(int8_t *)")}  return NULL;
}

size_t model_input_bytes(int i) {
${select(inputs, "bytes", "")}  return 0;
}

const int8_t *model_output(int i) {
${select(outputs, "pointer", "(const int8_t *)")}  return NULL;
}

size_t model_output_bytes(int i) {
${select(outputs, "bytes", "")}  return 0;
}

size_t model_arena_used(void) { return ${macro}_ARENA_BYTES; }
#endif
#endif
`;
}

/**
 * With prefix `model` the functions of both interfaces have one name: where the harness's converts
 * floats, the model's takes another.
 */
export function renamedInvoke({ prefix, ports }: CProgram): string {
  const isConverted = [...ports.inputs, ...ports.outputs].some((port) => port.isFloatInModel);
  if (prefix !== "model" || !isConverted) return "";
  return `
#if defined(__has_include)
#if __has_include("tinyloom_model.h")
#define model_invoke model_invoke_integers
#endif
#endif
`;
}

interface HarnessPort {
  readonly pointer: string;
  readonly bytes: string;
  /** Memory of its own. */
  readonly memory: string;
  /** What goes before the model runs, or behind. */
  readonly convert: string;
}

const FLOAT_BYTES = 4;

function inputOf({ prefix, macro, memories, ports }: CProgram, port: Port, i: number): HarnessPort {
  const id = `${macro}_INPUT_${i}`;
  if (!port.isFloatInModel) return { pointer: id, bytes: `${id}_BYTES`, memory: "", convert: "" };
  const floatBytes = FLOAT_BYTES * port.elements;
  const isInArena = port.place?.space === "arena" && port.sizeBytes === port.elements &&
    floatBytes <= memories.arenaBytes && ports.inputs.length === 1;
  const floats = `floats_${i}`;
  const bytes = `${FLOAT_BYTES} * ${id}_ELEMENTS`;
  if (!isInArena) {
    const convert = `  ${prefix}_quantize_input_${i}(${id}, ${floats});\n`;
    return {
      pointer: floats,
      bytes,
      memory: `static float ${floats}[${id}_ELEMENTS];\n\n`,
      convert,
    };
  }
  // The arena has room for the floats, nothing else is in it yet: they shrink where they lie.
  const arena = `${prefix}_arena`;
  return {
    pointer: arena,
    bytes,
    memory: "",
    convert:
      `  ${prefix}_quantize_input_${i}((${port.type} *)${arena}, (const float *)(const void *)${arena});
  memmove(${id}, ${arena}, ${id}_BYTES);
`,
  };
}

function outputOf({ prefix, macro }: CProgram, port: Port, i: number): HarnessPort {
  const id = `${macro}_OUTPUT_${i}`;
  if (!port.isFloatInModel) return { pointer: id, bytes: `${id}_BYTES`, memory: "", convert: "" };
  const floats = `real_${i}`;
  return {
    pointer: floats,
    bytes: `${FLOAT_BYTES} * ${id}_ELEMENTS`,
    memory: `static float ${floats}[${id}_ELEMENTS];\n\n`,
    convert: `  ${prefix}_dequantize_output_${i}(${floats});\n`,
  };
}

/** A program that calls the model once. */
export function exampleText({ prefix, macro, ports }: CProgram): string {
  const fills = ports.inputs.flatMap(({ place }, i) =>
    place === null
      ? []
      : [`  memset(${macro}_INPUT_${i}, 0, ${macro}_INPUT_${i}_BYTES); /* your data */`]
  );
  const prints = ports.outputs.map(({ elements, type }, i) => {
    const format = type === "float" || type === "double" ? "%g" : "%ld";
    const cast = format === "%g" ? "double" : "long";
    return `  for (i = 0; i < ${elements}; i++) {
    printf("output ${i}[%d] = ${format}\\n", i, (${cast})${macro}_OUTPUT_${i}[i]);
  }`;
  });
  return `/* Build: cc -I.. main.c ../${prefix}.c ../${prefix}_weights.c */
#include <stdio.h>
#include <string.h>

#include "${prefix}.h"

int main(void) {
  int i;
${[...fills, `  ${prefix}_invoke();`, ...prints].join("\n")}
  return 0;
}
`;
}
