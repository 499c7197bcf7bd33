import { floatingPoint } from "../codegen/c/floating_point.ts";
import { spaceTypes } from "../codegen/c/print_kernels.ts";
import { edgesText } from "./edges_text.ts";
import type { CProgram } from "./program.ts";

/** The model: its memory, its kernels, and what runs them. */
export function sourceText(program: CProgram): string {
  const { prefix, macro, kernels, layers, memories } = program;
  const calls = layers.map(({ entry, name }, i) => {
    const call = kernels.callOf(entry, [{ kind: "constant", type: "i32", value: 0 }]);
    return `  ${call}; /* ${name} */\n  ${macro}_ON_LAYER(${i});`;
  }).join("\n");
  const used = ["arena", "state", "external", "workspace"] as const;
  const bases = used.filter((space) => new RegExp(`\\b${space}\\b`).test(calls))
    .map((space) => `  ${spaceTypes[space]}const ${space} = ${prefix}_${space};\n`);
  const { initialState } = memories;
  const resets = initialState.map(({ offsetBytes, sizeBytes, value }) =>
    `  memset(${prefix}_state + ${offsetBytes}, ${value}, ${sizeBytes});`
  );
  const needsReset = initialState.some(({ value }) => value !== 0);
  return `#include "${prefix}.h"

#include <string.h>
${kernels.usesFloats ? floatingPoint : ""}
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "weights and tables are stored for processors that are little-endian"
#endif

/* Shifting a negative number right keeps its sign: so do all compilers, C leaves it open. */
typedef char tl_shifts_keep_signs[(-1 >> 1) == -1 ? 1 : -1];

#ifndef ${macro}_ON_LAYER
#define ${macro}_ON_LAYER(i) ((void)0)
#endif

${memoryText(program)}
${kernels.prelude}

${kernels.functions}

${edgesText(program)}${needsReset ? "static int is_ready = 0;\n\n" : ""}void ${prefix}_reset(void) {
${[...resets, ...needsReset ? ["  is_ready = 1;"] : []].join("\n")}
}

void ${prefix}_invoke(void) {
${bases.join("")}${needsReset ? `  if (!is_ready) ${prefix}_reset();\n` : ""}${calls}
}
`;
}

function memoryText({ prefix, macro, memories }: CProgram): string {
  const { arenaBytes, arenaAlignment, stateBytes, scratchBytes, externalBytes } = memories;
  const attribute = (name: string, alignment: number) => `
#ifndef ${macro}_${name}_ATTRIBUTE
#if defined(__GNUC__)
#define ${macro}_${name}_ATTRIBUTE __attribute__((aligned(${alignment})))
#else
#define ${macro}_${name}_ATTRIBUTE
#endif
#endif
`;
  const given = (space: string, bytes: string) => `
#ifdef ${macro}_${space.toUpperCase()}_GIVEN
uint8_t *${prefix}_${space};
#else
${macro}_ARENA_ATTRIBUTE uint8_t ${prefix}_${space}[${bytes}];
#endif
`;
  const own = (space: string, bytes: string) =>
    `\nstatic ${macro}_ARENA_ATTRIBUTE uint8_t ${prefix}_${space}[${bytes}];\n`;
  return [
    attribute("ARENA", Math.max(4, arenaAlignment)),
    given("arena", arenaBytes === 0 ? "1" : `${macro}_ARENA_BYTES`),
    ...externalBytes === 0 ? [] : [given("external", `${macro}_EXTERNAL_BYTES`)],
    ...stateBytes === 0 ? [] : [own("state", `${macro}_STATE_BYTES`)],
    ...scratchBytes === 0 ? [] : [own("workspace", `${macro}_SCRATCH_BYTES`)],
  ].join("").trimStart();
}
