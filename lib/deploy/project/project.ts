import type { EmittedC } from "../c/emit_c.ts";
import {
  arduinoFiles,
  cmakeFiles,
  type LayoutFiles,
  platformioFiles,
  type ProjectFacts,
  type ProjectLayout,
  zephyrFiles,
} from "./build_files.ts";

/**
 * Files of a project.
 *
 * @category Deployment
 */
export interface Project {
  /** Whose build it is for. */
  readonly layout: ProjectLayout;
  /** Text by path. */
  readonly files: Readonly<Record<string, string>>;
  /** The model's own C files. */
  readonly sources: readonly string[];
  /** The folder of the header and of the sources, empty or ending in a slash. */
  readonly sourceFolder: string;
  /** The folder of the golden vectors and the self-test, ending in a slash. */
  readonly testFolder: string;
}

const layouts: Readonly<Record<ProjectLayout, (facts: ProjectFacts) => LayoutFiles>> = {
  cmake: cmakeFiles,
  arduino: arduinoFiles,
  zephyr: zephyrFiles,
  platformio: platformioFiles,
};

/** The list of a project's files, by which a later deploy knows what it may replace. */
export const MANIFEST = "tinyloom.json";

/**
 * Refuses an unknown layout.
 *
 * @throws {RangeError} naming those that there are.
 */
export function checkLayout(layout: ProjectLayout): void {
  if (Object.hasOwn(layouts, layout)) return;
  throw new RangeError(`layout "${layout}", needed one of ${Object.keys(layouts).join(", ")}`);
}

/** Puts the files of a model where a build system wants them. */
export function projectOf(emitted: EmittedC, rest: Omit<ProjectFacts, "emitted">): Project {
  const facts = { ...rest, emitted };
  const { sourceFolder, exampleFolder, testFolder, own } = layouts[facts.layout](facts);
  // Comments in the example and the test say how to compile them from where they lie.
  const above = (folder: string) => "../".repeat(folder.split("/").length - 1) + sourceFolder;
  const placed = Object.entries(emitted.files).flatMap(([path, text]) => {
    const name = path.split("/").at(-1)!;
    if (path.startsWith("example/")) {
      if (exampleFolder === null) return [];
      return [[exampleFolder + name, text.replaceAll("../", above(exampleFolder))]];
    }
    if (path.startsWith("test/")) {
      return [[testFolder + name, text.replaceAll("../", above(testFolder))]];
    }
    return [[sourceFolder + name, text]];
  });
  const files = { ...Object.fromEntries(placed), ...own, "README.md": readmeText(facts) };
  const { layout } = facts;
  const manifest = {
    schemaVersion: 1,
    model: facts.name,
    target: facts.target,
    prefix: emitted.prefix,
    layout,
    files: [...Object.keys(files), MANIFEST].sort(),
  };
  return {
    layout,
    files: { ...files, [MANIFEST]: JSON.stringify(manifest, null, 2) + "\n" },
    sources: Object.keys(emitted.files).filter((path) => /^[^/]*\.c$/.test(path))
      .map((name) => sourceFolder + name),
    sourceFolder,
    testFolder,
  };
}

/** What a reader of the project needs: sizes, how to call it, how to place it. */
function readmeText(facts: ProjectFacts): string {
  const { emitted, target, device, name } = facts;
  const { prefix, plan, memory, layers } = emitted;
  const macro = prefix.toUpperCase();
  const bytes = (count: number) => `${count.toLocaleString("en")} B`;
  const row = (what: string, count: number, where: string) =>
    count === 0 ? "" : `| ${what} | ${bytes(count)} | ${where} |\n`;
  return `# ${prefix} in C

${name === prefix ? "" : `The model calls itself "${name}". `}Written by Tinyloom for ${
    device === null ? target : `${device.title}, ${target}`
  }. ${
    plan.segments.length === 0
      ? "It runs layer by layer."
      : `Operators run together (${plan.fusion}), with ${
        plan.macFactor.toFixed(4)
      } times the multiply-accumulates.`
  }

| memory | size | |
|---|---|---|
${row("arena", memory.arenaBytes, `RAM, \`${prefix}_arena\`: all tensors`)}${
    row("state", memory.stateBytes, "RAM: kept from call to call")
  }${row("scratch", memory.scratchBytes, "RAM: what kernels work in")}${
    row("external input", memory.externalBytes, `RAM, \`${prefix}_external\`: where inputs lie`)
  }${row("weights and tables", memory.constantBytes, `Flash, \`${prefix}_weights\``)}
Code comes on top (\`tinyloom deploy --verify qemu\` measures it), and about half a kilobyte of stack.
No allocation, no recursion, nothing of the C library but \`memcpy\`, \`memmove\` and \`memset\`${
    emitted.usesFloats ? " and `math.h`" : ""
  }.

## Build

${builds[facts.layout](prefix, target)}

## Call

\`\`\`c
#include "${prefix}.h"

/* ${plan.inputs.map((_, i) => `fill ${macro}_INPUT_${i}`).join(", ")} */
${prefix}_invoke();
/* ${plan.outputs.map((_, i) => `read ${macro}_OUTPUT_${i}`).join(", ")} */
\`\`\`

Inputs and outputs share bytes with everything between: fill the inputs anew before every call and read
the outputs before that. \`${prefix}.h\` gives shapes, scales and zero points.${floatEdges(facts)}${
    memory.stateBytes > 0 ? ` \`${prefix}_reset()\` forgets what earlier calls left.` : ""
  }

## Place

- \`${macro}_ARENA_ATTRIBUTE\` and \`${macro}_WEIGHTS_ATTRIBUTE\`, defined for the compiler, put the arena
  and the weights into sections of your linker script, such as tightly coupled memory or external
  flash: \`-D'${macro}_ARENA_ATTRIBUTE=__attribute__((section(".dtcm"), aligned(16)))'\`.
- \`${macro}_ARENA_GIVEN\`: \`${prefix}_arena\` is a pointer that you set before the first call, to
  \`${macro}_ARENA_BYTES\` bytes at a multiple of \`${macro}_ARENA_ALIGNMENT\`. Several models can take turns in one
  buffer.${
    memory.externalBytes === 0
      ? ""
      : `\n- \`${macro}_EXTERNAL_GIVEN\`: \`${prefix}_external\` points to where a camera wrote; it is only read.`
  }

## Time the layers

Define \`${macro}_ON_LAYER(i)\` where \`${prefix}.c\` is compiled; it stands behind each of the ${layers.length} layers.
Print one line for each, and \`tinyloom deploy MODEL --read-log FILE\` puts them beside the estimate:

\`\`\`c
void on_layer(int i) { /* cycles since the last call, from DWT->CYCCNT */
  static uint32_t last;
  uint32_t now = DWT->CYCCNT;
  printf("tinyloom layer %d cycles %lu\\n", i, (unsigned long)(now - last));
  last = DWT->CYCCNT;
}
\`\`\`

Call it with -1 before \`${prefix}_invoke()\` to begin. \`test\` holds golden vectors and the self-test.
`;
}

function floatEdges({ emitted: { prefix, floatInputs, floatOutputs } }: ProjectFacts): string {
  const functions = [
    ...floatInputs.map((i) =>
      `\`${prefix}_quantize_input_${i}(${prefix.toUpperCase()}_INPUT_${i}, floats)\` fills input ${i}`
    ),
    ...floatOutputs.map((i) => `\`${prefix}_dequantize_output_${i}(floats)\` gives output ${i}`),
  ];
  if (functions.length === 0) return "";
  return ` The model was given as one of floats at its edges; here\nthey are integers: ${
    functions.join(", ")
  }, as its own QUANTIZE and DEQUANTIZE would.`;
}

const builds: Readonly<Record<ProjectLayout, (prefix: string, target: string) => string>> = {
  cmake: (prefix) =>
    `\`add_subdirectory\` this folder and link \`${prefix}\`, or compile \`${prefix}.c\` and
\`${prefix}_weights.c\` with -O3 in any build. On a PC:

    cmake -B build && cmake --build build && ctest --test-dir build`,
  arduino: () =>
    `Put this folder into \`libraries\` of your sketchbook (or zip it: Sketch, Include Library, Add .ZIP
Library) and open its example.`,
  zephyr: (prefix) =>
    `Add \`-DZEPHYR_EXTRA_MODULES=\` this folder to \`west build\`, and to \`prj.conf\`:

    CONFIG_TINYLOOM_${prefix.toUpperCase()}=y`,
  platformio: (prefix) =>
    `Put this folder into \`lib\` of your PlatformIO project and include \`${prefix}.h\`.`,
};
