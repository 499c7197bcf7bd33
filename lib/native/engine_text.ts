import { nativeVectors } from "../codegen/c/native_vectors.ts";
import { printKernels, spaceTypes } from "../codegen/c/print_kernels.ts";
import { codesOf, MARK, runKernel } from "../engine/build_module.ts";
import type { EngineProgram } from "../engine/load_program.ts";
import type { Space } from "../kernel/kernel.ts";
import { constant, use } from "../kernel/values.ts";

/**
 * Writes an engine as the source of a shared library: `run(memory, layer)` runs one layer, or all of them,
 * `run_marked(memory, mark)` all of them with a call of `mark` after each. The kernels are those that
 * would be encoded as WebAssembly, and so is what calls them.
 */
export function engineText(
  { kernels, flow }: EngineProgram,
  spaces: Readonly<Record<Space, number>>,
): string {
  const options = { flow, shared: false };
  const entries = [
    runKernel(kernels, { ...options, name: "run_layers", isMarked: false }),
    runKernel(kernels, { ...options, name: "run_marked_layers", isMarked: true }),
  ];
  const printed = printKernels([...codesOf(kernels), ...entries], {
    constants: null,
    vectors: nativeVectors,
    outside: new Set([MARK]),
  });
  const bases = Object.entries(spaceTypes).map(([space, type]) =>
    `  ${type}const ${space} = base + ${spaces[space as Space]}; (void)${space};`
  ).join("\n");
  const layer = use({ name: "layer", type: "i32" });
  const call = (name: string) => printed.callOf(name, [constant(0), constant(1), layer]);
  return `#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static void (*given_mark)(int32_t);
static inline void ${MARK}(uint32_t layer) { given_mark((int32_t)layer); }

${printed.prelude}

${printed.functions}

void run(uint8_t *base, int32_t wanted) {
  const uint32_t layer = (uint32_t)wanted;
${bases}
  ${call("run_layers")};
}

void run_marked(uint8_t *base, void (*mark)(int32_t)) {
  const uint32_t layer = 0;
${bases}
  (void)layer;
  given_mark = mark;
  ${call("run_marked_layers")};
}
`;
}
