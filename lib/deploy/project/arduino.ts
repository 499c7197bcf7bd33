import type { LayoutFiles, ProjectFacts } from "./project.ts";

/** An Arduino library: put the folder into `libraries` of the sketchbook. */
export function arduinoFiles({ emitted, name }: ProjectFacts): LayoutFiles {
  const { prefix, plan } = emitted;
  const macro = prefix.toUpperCase();
  const text = name.replace(/[^\x20-\x7e]/g, " ");
  const properties = `name=Tinyloom ${prefix}
version=1.0.0
author=Tinyloom
maintainer=Tinyloom
sentence=${text}: a neural network in C.
paragraph=It runs in an arena of ${plan.peakBytes} bytes. See README.md.
category=Data Processing
url=https://github.com/tinyloom/tinyloom
architectures=*
includes=${prefix}.h
`;
  const sketch =
    `// Fills the inputs of the network with zeros, runs it, prints the time and the first output.
#include <${prefix}.h>

void setup() {
  Serial.begin(115200);
}

void loop() {
${
      plan.inputs.map((_, i) =>
        `  if (${macro}_INPUT_${i}) memset(${macro}_INPUT_${i}, 0, ${macro}_INPUT_${i}_BYTES); // your data`
      )
        .join("\n")
    }
  const unsigned long before = micros();
  ${prefix}_invoke();
  const unsigned long after = micros();
  Serial.print("us ");
  Serial.println(after - before);
  for (size_t i = 0; i < ${macro}_OUTPUT_0_ELEMENTS && i < 16; i++) {
    Serial.println(${macro}_OUTPUT_0[i]);
  }
  delay(1000);
}
`;
  return {
    sourceFolder: "src/",
    exampleFolder: null,
    testFolder: "extras/test/",
    own: { "library.properties": properties, [`examples/${prefix}/${prefix}.ino`]: sketch },
  };
}
