import { floatingPoint } from "../../codegen/c/helpers.ts";
import { spaceTypes } from "../../codegen/c/print_kernels.ts";
import type { LayerFlow } from "../../engine/flow/emit_flow.ts";
import type { FlowByte, FlowNode } from "../../engine/flow/flow.ts";
import { integerRange } from "../../engine/reference/expect.ts";
import { type CProgram, mayEndEarly, type Port, showsState } from "./program.ts";

/** The model: its memory, its kernels, and what runs them. */
export function sourceText(program: CProgram): string {
  const { prefix, macro, kernels, layers, memories, flow, canRefuse } = program;
  const ends = mayEndEarly(program);
  const callOf = (i: number, indent = "  ") => {
    const { entry, name, endByte } = layers[i];
    const call = kernels.callOf(entry, [{ kind: "constant", type: "i32", value: 0 }]);
    const end = endByte === null
      ? ""
      : `\n${indent}if (${prefix}_state[${endByte}] != 0) return 1;`;
    return `${indent}${call}; /* ${name} */\n${indent}${macro}_ON_LAYER(${i});${end}`;
  };
  const calls = flow === null
    ? layers.map((_, i) => callOf(i)).join("\n")
    : flowText(flow, { callOf, weights: `${prefix}_weights` });
  const used = ["arena", "state", "external", "workspace", "refusal"] as const;
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

${ends ? "int" : "void"} ${prefix}_invoke(void) {
${bases.join("")}${needsReset ? `  if (!is_ready) ${prefix}_reset();\n` : ""}${
    canRefuse ? `  memset(${prefix}_refusal, 0, 4);\n` : ""
  }${calls}
${ends ? "  return 0;\n" : ""}}
${canRefuse ? refusedText(prefix) : ""}`;
}

function refusedText(prefix: string): string {
  return `
int ${prefix}_refused(void) {
  return (${prefix}_refusal[0] | ${prefix}_refusal[1] << 8) - 1;
}
`;
}

function memoryText(program: CProgram): string {
  const { prefix, macro, memories, canRefuse } = program;
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
    `\n${
      space === "state" && showsState(program) ? "" : "static "
    }${macro}_ARENA_ATTRIBUTE uint8_t ${prefix}_${space}[${bytes}];\n`;
  return [
    attribute("ARENA", Math.max(4, arenaAlignment)),
    given("arena", arenaBytes === 0 ? "1" : `${macro}_ARENA_BYTES`),
    ...externalBytes === 0 ? [] : [given("external", `${macro}_EXTERNAL_BYTES`)],
    ...stateBytes === 0 ? [] : [own("state", `${macro}_STATE_BYTES`)],
    ...scratchBytes === 0 ? [] : [own("workspace", `${macro}_SCRATCH_BYTES`)],
    ...canRefuse ? [own("refusal", "4")] : [],
  ].join("").trimStart();
}

/**
 * Functions between floats and the integers at the edges of a plan: what a QUANTIZE or DEQUANTIZE
 * there would compute, division and multiplication in single precision, halves away from zero. The
 * product of a scale and a difference of two int8 or int16 is exact but for one rounding, so single
 * precision gives what double precision rounded at the end does.
 */
function edgesText({ prefix, macro, ports }: CProgram): string {
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
  const { min, max } = integerRange(dtype);
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

/** Statements that run layers in their order: branches and loops of C. */
function flowText(
  { nodes, regionOf, layerAt }: LayerFlow,
  { callOf, weights }: {
    /** Statements that run a layer. */
    readonly callOf: (layer: number, indent: string) => string;
    /** What the array of constants is called. */
    readonly weights: string;
  },
): string {
  const byteOf = (byte: FlowByte) => {
    const { space, offsetBytes } = regionOf(byte);
    return `${space === "constants" ? weights : space}[${offsetBytes}]`;
  };
  const linesOf = (nodes: readonly FlowNode[], indent: string): readonly string[] => {
    const inner = (nodes: readonly FlowNode[]) => linesOf(nodes, `${indent}  `);
    return nodes.flatMap((node) => {
      switch (node.kind) {
        case "step": {
          const layer = layerAt(node.step);
          return layer === undefined ? [] : [callOf(layer, indent)];
        }
        case "if":
          return [
            `${indent}if (${byteOf(node.condition)}) {`,
            ...inner(node.then),
            `${indent}} else {`,
            ...inner(node.otherwise),
            `${indent}}`,
          ];
        case "while":
          return [
            `${indent}for (;;) {`,
            ...inner(node.test),
            `${indent}  if (!${byteOf(node.condition)}) break;`,
            ...inner(node.body),
            `${indent}}`,
          ];
        case "once":
          return [
            `${indent}if (!${byteOf(node.flag)}) {`,
            ...inner(node.body),
            `${indent}  ${byteOf(node.flag)} = 1;`,
            `${indent}}`,
          ];
      }
    });
  };
  return linesOf(nodes, "  ").join("\n");
}
