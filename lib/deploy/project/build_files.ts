import type { Device } from "../../plan/devices.ts";
import type { EmittedC } from "../c/emit_c.ts";
import type { DeployTargetName } from "../deploy_targets.ts";

/**
 * Whose build a project is for.
 *
 * @category Deployment
 */
export type ProjectLayout = "cmake" | "arduino" | "zephyr" | "platformio";

/** What a project is made from. */
export interface ProjectFacts {
  readonly emitted: EmittedC;
  readonly layout: ProjectLayout;
  readonly target: DeployTargetName;
  readonly device: Device | null;
  /** The model, for people. */
  readonly name: string;
}

/** Where a build system wants files, and what else it reads. */
export interface LayoutFiles {
  readonly sourceFolder: string;
  /** Folder of the example; null: it brings one of its own. */
  readonly exampleFolder: string | null;
  readonly testFolder: string;
  readonly own: Readonly<Record<string, string>>;
}

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

/** A static library; its example and self-test where the project is built by itself. */
export function cmakeFiles({ emitted }: ProjectFacts): LayoutFiles {
  const { prefix, files, usesFloats } = emitted;
  const hasTest = `test/${prefix}_test.c` in files;
  const math = (name: string) => usesFloats ? `\n  target_link_libraries(${name} m)` : "";
  const test = `
  enable_testing()
  add_executable(${prefix}_test test/${prefix}_test.c)
  target_link_libraries(${prefix}_test ${prefix})${math(`${prefix}_test`)}
  add_test(NAME ${prefix} COMMAND ${prefix}_test)`;
  const text = `# add_subdirectory() this folder, then target_link_libraries(YOURS ${prefix}).
cmake_minimum_required(VERSION 3.13)
project(${prefix} C)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

add_library(${prefix} STATIC ${prefix}.c ${prefix}_weights.c)
target_include_directories(${prefix} PUBLIC \${CMAKE_CURRENT_SOURCE_DIR})
set_target_properties(${prefix} PROPERTIES C_STANDARD 99)

# On its own, and for the machine that builds it: the example and the self-test.
if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR AND NOT CMAKE_CROSSCOMPILING)
  add_executable(${prefix}_example example/main.c)
  target_link_libraries(${prefix}_example ${prefix})${math(`${prefix}_example`)}${
    hasTest ? test : ""
  }
endif()
`;
  return {
    sourceFolder: "",
    exampleFolder: "example/",
    testFolder: "test/",
    own: { "CMakeLists.txt": text },
  };
}

/** A PlatformIO library: put the folder into a project's `lib`. */
export function platformioFiles({ emitted: { prefix }, name }: ProjectFacts): LayoutFiles {
  const library = {
    name: `tinyloom-${prefix.toLowerCase().replaceAll("_", "-")}`,
    version: "1.0.0",
    description: `${name}: a neural network in C`,
    keywords: "neural network, tinyml",
    headers: `${prefix}.h`,
    frameworks: "*",
    platforms: "*",
    build: { srcDir: "src", includeDir: "src", flags: ["-O3"] },
  };
  return {
    sourceFolder: "src/",
    exampleFolder: `examples/${prefix}/`,
    testFolder: "test/",
    own: { "library.json": JSON.stringify(library, null, 2) + "\n" },
  };
}

/** A Zephyr module: `-DZEPHYR_EXTRA_MODULES=FOLDER`, then `CONFIG_PREFIX=y`. */
export function zephyrFiles({ emitted: { prefix, usesFloats }, name }: ProjectFacts): LayoutFiles {
  const config = `TINYLOOM_${prefix.toUpperCase()}`;
  return {
    sourceFolder: "",
    exampleFolder: "example/",
    testFolder: "test/",
    own: {
      "zephyr/module.yml": `name: tinyloom_${prefix}
build:
  cmake: .
  kconfig: Kconfig
`,
      "CMakeLists.txt": `if(CONFIG_${config})
  zephyr_include_directories(.)
  zephyr_library_named(tinyloom_${prefix})
  zephyr_library_sources(${prefix}.c ${prefix}_weights.c)
  zephyr_library_compile_options(-O3)
endif()
`,
      "Kconfig": `config ${config}
	bool "${name.replace(/[^\x20-\x7e]|["\\]/g, " ")}, a neural network"${
        usesFloats ? "\n\tselect FPU if CPU_HAS_FPU" : ""
      }
	help
	  The functions of ${prefix}.h.
`,
    },
  };
}
