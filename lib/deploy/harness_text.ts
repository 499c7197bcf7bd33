import type { Port } from "./ports.ts";
import type { CProgram } from "./program.ts";

/** Glue for a test harness with an interface of its own; nothing where there is none. */
export function harnessText({ prefix, macro, ports }: CProgram): string {
  const select = (all: readonly Port[], name: string, what: (id: string) => string) =>
    all.map((_, i) => `  if (i == ${i}) return ${what(`${macro}_${name}_${i}`)};\n`).join("");
  // With this prefix the model's own function is the harness's.
  const invoke = prefix === "model" ? "" : `void model_invoke(void) { ${prefix}_invoke(); }\n\n`;
  return `#include "${prefix}.h"

#if defined(__has_include)
#if __has_include("tinyloom_model.h")
#include "tinyloom_model.h"

int model_init(void) {
  ${prefix}_reset();
  return 0;
}

${invoke}int8_t *model_input(int i) {
${select(ports.inputs, "INPUT", (id) => `(int8_t *)${id}`)}  return NULL;
}

size_t model_input_bytes(int i) {
${select(ports.inputs, "INPUT", (id) => `${id}_BYTES`)}  return 0;
}

const int8_t *model_output(int i) {
${select(ports.outputs, "OUTPUT", (id) => `(const int8_t *)${id}`)}  return NULL;
}

size_t model_output_bytes(int i) {
${select(ports.outputs, "OUTPUT", (id) => `${id}_BYTES`)}  return 0;
}

size_t model_arena_used(void) { return ${macro}_ARENA_BYTES; }
#endif
#endif
`;
}
