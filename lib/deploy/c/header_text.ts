import { renamedInvoke } from "./harness_text.ts";
import { type CProgram, mayEndEarly, type Port, showsState } from "./program.ts";

/** The interface: sizes, inputs and outputs, functions. */
export function headerText(program: CProgram): string {
  const { model, plan, prefix, macro, memories, ports, layers, constants, canRefuse } = program;
  const guard = `${macro}_H`;
  const { arenaBytes, arenaAlignment, stateBytes, scratchBytes, externalBytes } = memories;
  return `/*
 * ${commentText(model.name)}, ${macs(layers.length)} in an arena of ${arenaBytes} bytes${
    plan.segments.length === 0 ? "" : `, fused (${plan.fusion})`
  }.
 * Written by Tinyloom; computes what TensorFlow Lite Micro computes${
    isFloat(program) ? "" : ", bit for bit"
  }.
 *
 * Fill ${macro}_INPUT_0 ..., call ${prefix}_invoke(), read ${macro}_OUTPUT_0 ...
 * Inputs and outputs may share bytes with each other and with everything between: inputs are to be
 * filled anew before every call, and outputs read before that.
 */
#ifndef ${guard}
#define ${guard}

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of RAM: the arena, state from call to call, what kernels work in, inputs outside of the arena. */
#define ${macro}_ARENA_BYTES ${arenaBytes}
#define ${macro}_ARENA_ALIGNMENT ${arenaAlignment}
#define ${macro}_STATE_BYTES ${stateBytes}
#define ${macro}_SCRATCH_BYTES ${scratchBytes}
#define ${macro}_EXTERNAL_BYTES ${externalBytes}
/* Bytes of Flash: weights and tables. */
#define ${macro}_WEIGHTS_BYTES ${constants.length}

/*
 * The arena is an array of this library, which ${macro}_ARENA_ATTRIBUTE places (as in
 * -D'${macro}_ARENA_ATTRIBUTE=__attribute__((section(".dtcm"), aligned(${arenaAlignment})))').
 * With ${macro}_ARENA_GIVEN defined for all files it is a pointer that the application sets before
 * the first call: several models, or a model and the application, can so take turns in one buffer.
 */
#ifdef ${macro}_ARENA_GIVEN
extern uint8_t *${prefix}_arena;
#else
extern uint8_t ${prefix}_arena[];
#endif
${showsState(program) ? `extern uint8_t ${prefix}_state[];\n` : ""}${externalText(program)}
${ports.inputs.map((port, i) => portText(program, port, `INPUT_${i}`)).join("\n")}
${ports.outputs.map((port, i) => portText(program, port, `OUTPUT_${i}`)).join("\n")}
#define ${macro}_INPUTS ${ports.inputs.length}
#define ${macro}_OUTPUTS ${ports.outputs.length}

${renamedInvoke(program)}${
    mayEndEarly(program)
      ? `/*
 * Runs the model once. Returns 0, or 1 if an operator ended the run early (a circular buffer does
 * until enough has come in): the outputs are then those of the call before, zeros at first.
 */
int`
      : "/* Runs the model once. */\nvoid"
  } ${prefix}_invoke(void);
${canRefuse ? refusedText(prefix) : ""}
${ports.inputs.map((port, i) => quantizeText(prefix, port, i)).join("")}${
    ports.outputs.map((port, i) => dequantizeText(prefix, port, i)).join("")
  }/* Forgets what earlier calls left for later ones${
    stateBytes === 0 ? " (this model keeps nothing)" : ""
  }. */
void ${prefix}_reset(void);

/*
 * ${macro}_ON_LAYER(i), if it is defined where ${prefix}.c is compiled, stands behind layer i:
${layers.map(({ name, kernel }, i) => ` *   ${i} ${name}: ${commentText(kernel)}`).join("\n")}
 */
#define ${macro}_LAYERS ${layers.length}

/* Not for applications. */
extern const uint8_t ${prefix}_weights[];

#ifdef __cplusplus
}
#endif
#endif
`;
}

function refusedText(prefix: string): string {
  return `
/*
 * Operator of the model that refused what the last call gave it, an index that is out of range: the
 * outputs then mean nothing. -1: none did.
 */
int ${prefix}_refused(void);
`;
}

function quantizeText(prefix: string, { isFloatInModel, elements, type }: Port, i: number): string {
  if (!isFloatInModel) return "";
  const name = `${prefix.toUpperCase()}_INPUT_${i}`;
  return `/*
 * Makes ${elements} floats elements of input ${i}, as the model's own QUANTIZE would; NaN becomes 0.
 * Give ${name} as \`to\`, or the first byte of the floats themselves and copy from there.
 */
void ${prefix}_quantize_input_${i}(${type} *to, const float *from);

`;
}

function dequantizeText(prefix: string, { isFloatInModel, elements }: Port, i: number): string {
  if (!isFloatInModel) return "";
  return `/* Writes output ${i} as ${elements} floats, as the model's own DEQUANTIZE would. */
void ${prefix}_dequantize_output_${i}(float *to);

`;
}

function macs(layers: number): string {
  return layers === 1 ? "1 layer" : `${layers} layers`;
}

function isFloat({ model, plan }: CProgram): boolean {
  return plan.steps.some(({ outputs }) =>
    outputs.some((each) => (
      model.tensors[each].dtype.startsWith("float")
    ))
  );
}

function externalText({ prefix, macro, memories: { externalBytes } }: CProgram): string {
  if (externalBytes === 0) return "";
  return `
/*
 * Inputs outside of the arena, which is only read. With ${macro}_EXTERNAL_GIVEN defined for all files
 * it is a pointer that the application sets, to where a camera or a microphone wrote.
 */
#ifdef ${macro}_EXTERNAL_GIVEN
extern uint8_t *${prefix}_external;
#else
extern uint8_t ${prefix}_external[];
#endif
`;
}

function portText({ prefix, macro }: CProgram, port: Port, name: string): string {
  const { tensor, type, elements, sizeBytes, place, data } = port;
  const { shape, dtype, quantization } = tensor;
  const id = `${macro}_${name}`;
  const isConst = name.startsWith("OUTPUT");
  const pointer = `${isConst ? "const " : ""}${type} *`;
  const at = place === null
    ? data === null ? "NULL" : `((${pointer})${prefix}_${name.toLowerCase()})`
    : `((${pointer})(void *)(${prefix}_${place.space} + ${place.offsetBytes}))`;
  const described = quantization !== null && quantization.scales.length === 1
    ? `, scale ${quantization.scales[0]}, zero point ${quantization.zeroPoints[0]}`
    : "";
  return `
/* ${commentText(tensor.name)}: ${dtype} [${shape.join(", ")}]${described} */
#define ${id} ${at}
#define ${id}_BYTES ${sizeBytes}
#define ${id}_ELEMENTS ${elements}
#define ${id}_RANK ${shape.length}
#define ${id}_SHAPE {${shape.length === 0 ? "1" : shape.join(", ")}}${
    described === "" ? "" : `
#define ${id}_SCALE ${floatText(quantization!.scales[0])}
#define ${id}_ZERO_POINT (${quantization!.zeroPoints[0]})`
  }${
    data === null || place !== null ? "" : `
extern const ${type} ${prefix}_${name.toLowerCase()}[${elements}];`
  }`;
}

function floatText(value: number): string {
  const text = String(value);
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}

/** A text that does not end the comment which it is in. */
export function commentText(text: string): string {
  return text.replaceAll("*/", "* /").replaceAll("/*", "/ *").replace(/[^\x20-\x7e]/g, "?");
}
