import type { GoldenFrame } from "./golden_frames.ts";
import type { CProgram } from "./program.ts";
import { bytesText } from "./weights_text.ts";

/** Golden vectors, and a program that runs the model on them and compares. */
export function goldenTexts(
  program: CProgram,
  frames: readonly GoldenFrame[],
): Readonly<Record<string, string>> {
  const { prefix } = program;
  return {
    [`test/${prefix}_golden.h`]: vectorsText(program, frames),
    [`test/${prefix}_test.c`]: testText(program, frames.length),
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
