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

function testText({ prefix, macro, ports, kernels }: CProgram, frames: number): string {
  const fills = ports.inputs.flatMap(({ place }, i) => {
    if (place === null) return [];
    const id = `${macro}_INPUT_${i}`;
    return [`    memcpy(${id}, ${prefix}_golden_input_${i} + frame * ${id}_BYTES, ${id}_BYTES);`];
  });
  const checks = ports.outputs.map(({ type, elements }, i) => {
    const id = `${macro}_OUTPUT_${i}`;
    const golden = `${prefix}_golden_output_${i} + frame * ${id}_BYTES`;
    const differs = type === "float"
      ? `differs(${id}, ${golden}, ${elements})`
      : `memcmp(${id}, ${golden}, ${id}_BYTES) != 0`;
    return `    if (${differs}) {
      printf("frame %lu: output ${i} differs\\n", (unsigned long)frame);
      wrong++;
    }`;
  });
  const isFloat = ports.outputs.some(({ type }) => type === "float");
  return `/* Build: cc -I.. -I. ${prefix}_test.c ../${prefix}.c ../${prefix}_weights.c${
    kernels.usesFloats ? " -lm" : ""
  } */
#include <stdio.h>
#include <string.h>

#include "${prefix}.h"
#include "${prefix}_golden.h"
${isFloat ? closeText : ""}
int main(void) {
  int wrong = 0;
  size_t frame;
  ${prefix}_reset();
  for (frame = 0; frame < ${frames}; frame++) {
${[...fills, `    ${prefix}_invoke();`, ...checks].join("\n")}
  }
  printf(wrong == 0 ? "outputs: equal\\n" : "outputs: DIFFERENT\\n");
  return wrong == 0 ? 0 : 1;
}
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
