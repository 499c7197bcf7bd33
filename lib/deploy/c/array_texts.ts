import { throwIfStopped } from "../../host.ts";
import { EngineError } from "../../engine/engine_error.ts";
import { ALL_LAYERS } from "../../engine/build_module.ts";
import { createEngine } from "../../engine/create_engine.ts";
import { randomFrame } from "../../engine/profile/random_frame.ts";
import { setInputs } from "../../engine/run.ts";
import { runtimeOf } from "../../engine/runtime.ts";
import { type ConstantArray, zeroValues } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import { elements, sizeBytes } from "../../model/shape.ts";
import type { Plan } from "../../plan/plan.ts";
import { commentText } from "./header_text.ts";
import type { CProgram, Port } from "./program.ts";

/** Golden vectors, and a program that runs the model on them and compares. */
export function goldenTexts(
  program: CProgram,
  frames: readonly GoldenFrame[],
): Readonly<Record<string, string>> {
  return {
    [`test/${program.prefix}_golden.h`]: vectorsText(program, frames),
    [`test/${program.prefix}_test.c`]: testText(program, frames.length),
  };
}

function vectorsText({ prefix }: CProgram, frames: readonly GoldenFrame[]): string {
  const array = (kind: "input" | "output", i: number) => {
    const bytes = frames.map((frame) => frame[`${kind}s`][i]);
    const content = bytes.map((each, frame) => `  /* frame ${frame} */\n${bytesText(each)}`);
    return `static const uint8_t ${prefix}_golden_${kind}_${i}[] = {\n${content.join("\n")}\n};\n`;
  };
  return [
    `/* Inputs of ${frames.length} frames, and the outputs that belong to them. */\n#include <stdint.h>\n`,
    ...frames[0].inputs.map((_, i) => array("input", i)),
    ...frames[0].outputs.map((_, i) => array("output", i)),
  ].join("\n");
}

/**
 * The self-test. Other programs may include it for `fill` and `compare` alone, with
 * `PREFIX_TEST_WITHOUT_MAIN` defined.
 */
function testText({ prefix, macro, ports, kernels }: CProgram, frames: number): string {
  const fills = ports.inputs.flatMap(({ place }, i) => {
    if (place === null) return [];
    const id = `${macro}_INPUT_${i}`;
    return [`  memcpy(${id}, ${prefix}_golden_input_${i} + frame * ${id}_BYTES, ${id}_BYTES);`];
  });
  const checks = ports.outputs.map(({ type, elements }, i) => {
    const id = `${macro}_OUTPUT_${i}`;
    const golden = `${prefix}_golden_output_${i} + frame * ${id}_BYTES`;
    const differs = type === "float"
      ? `differs(${id}, ${golden}, ${elements})`
      : `memcmp(${id}, ${golden}, ${id}_BYTES) != 0`;
    return `  if (output == ${i}) return ${differs};`;
  });
  const isFloat = ports.outputs.some(({ type }) => type === "float");
  return `/* Build: cc -I.. -I. ${prefix}_test.c ../${prefix}.c ../${prefix}_weights.c${
    kernels.usesFloats ? " -lm" : ""
  } */
#include <string.h>

#include "${prefix}.h"
#include "${prefix}_golden.h"
${isFloat ? closeText : ""}
#define ${macro}_FRAMES ${frames}

/* Puts the inputs of a frame where they belong. */
static void fill(size_t frame) {
${fills.length === 0 ? "  (void)frame;" : fills.join("\n")}
}

/* Whether an output is another than that of the frame. */
static int is_wrong(size_t frame, size_t output) {
${checks.join("\n")}
  return 1;
}

#ifndef ${macro}_TEST_WITHOUT_MAIN
#include <stdio.h>

int main(void) {
  int wrong = 0;
  size_t frame, output;
  ${prefix}_reset();
  for (frame = 0; frame < ${macro}_FRAMES; frame++) {
    fill(frame);
    ${prefix}_invoke();
    for (output = 0; output < ${macro}_OUTPUTS; output++) {
      if (!is_wrong(frame, output)) continue;
      printf("frame %lu: output %lu differs\\n", (unsigned long)frame, (unsigned long)output);
      wrong++;
    }
  }
  printf(wrong == 0 ? "outputs: equal\\n" : "outputs: DIFFERENT\\n");
  return wrong == 0 ? 0 : 1;
}
#endif
`;
}

/** Sums of floats come out a little different in another order. */
const closeText = `
/* Whether floats are further apart than 1e-5 of their range. */
static int differs(const float *found, const uint8_t *golden, size_t count) {
  float low = 0, high = 0, most = 0;
  size_t i;
  for (i = 0; i < count; i++) {
    float expected, apart;
    memcpy(&expected, golden + i * sizeof expected, sizeof expected);
    if (i == 0 || expected < low) low = expected;
    if (i == 0 || expected > high) high = expected;
    apart = found[i] > expected ? found[i] - expected : expected - found[i];
    if (!(apart <= most)) most = apart;
  }
  return !(most <= 1e-5f * (high - low) + 1e-6f);
}
`;

/** Bytes of a frame's inputs and outputs, as a plan takes and leaves them. */
interface GoldenFrame {
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/**
 * What the engine gives for frames in order. If none are given: for two random ones, as far as the
 * model is defined for them; if it takes them for indices that are out of range, for zeros.
 */
export function goldenFrames(
  model: Model,
  { plan, frames }: {
    readonly plan: Plan;
    readonly frames?: readonly (readonly ConstantArray[])[];
  },
): readonly GoldenFrame[] {
  if (frames !== undefined) return framesOf(model, { plan, frames, mayRefuse: false });
  const random = [1, 2].map((seed) => randomFrame(model, { seed }));
  const found = framesOf(model, { plan, frames: random, mayRefuse: true });
  if (found.length > 0) return found;
  const zeros = model.inputs.map((index) => {
    const { dtype, shape } = model.tensors[index];
    return zeroValues(dtype, elements(shape));
  });
  return framesOf(model, { plan, frames: [zeros], mayRefuse: true });
}

/** What the engine gives for frames in order, up to the first that it refuses. */
function framesOf(
  model: Model,
  { plan, frames, mayRefuse }: {
    readonly plan: Plan;
    readonly frames: readonly (readonly ConstantArray[])[];
    readonly mayRefuse: boolean;
  },
): readonly GoldenFrame[] {
  using engine = createEngine(model, { plan, relaxedDot: false });
  const { bytes, map, call } = runtimeOf(engine);
  const bytesOf = (index: number): Uint8Array => {
    const tensor = model.tensors[index];
    const address = map.addressOf(index);
    if (address !== undefined) return bytes.slice(address, address + sizeBytes(tensor));
    return tensor.data ?? new Uint8Array(sizeBytes(tensor));
  };
  const found: GoldenFrame[] = [];
  for (const frame of frames) {
    throwIfStopped();
    try {
      setInputs(engine, frame);
      const inputs = plan.inputs.map(bytesOf);
      call(ALL_LAYERS);
      found.push({ inputs, outputs: plan.outputs.map(bytesOf) });
    } catch (error) {
      // State is then not what C would have: what follows is left out too.
      const isRefusal = error instanceof RangeError || error instanceof EngineError;
      if (!mayRefuse || !isRefusal) throw error;
      break;
    }
  }
  return found;
}

/** Weights and tables, one array: kernels find theirs by constant offsets. */
export function weightsText({ prefix, macro, constants, constantParts, ports }: CProgram): string {
  const parts: string[] = [];
  let next = 0;
  for (const { name, offset, sizeBytes } of constantParts) {
    throwIfStopped();
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
      return Array.from(new Int32Array(buffer), (x) => x === -(2 ** 31) ? "INT32_MIN" : x).join();
    case "int64_t":
      return Array.from(
        new BigInt64Array(buffer),
        (x) => x === -(2n ** 63n) ? "INT64_MIN" : `INT64_C(${x})`,
      ).join();
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
function bytesText(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let i = 0; i < bytes.length; i += 24) {
    lines.push(`  ${bytes.subarray(i, i + 24).join(",")},`);
  }
  return lines.join("\n");
}
