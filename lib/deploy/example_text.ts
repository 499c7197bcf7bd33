import type { CProgram } from "./program.ts";

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
