import { emitC, type EmittedC, optimizationNames, planMemory, zoo } from "../../mod.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { hasCommand, warnings } from "./c_programs.ts";

const ignore = !hasCommand("gcc");
const kws = zoo("mlperf-tiny-kws");
const ad = zoo("mlperf-tiny-ad");

/** Writes files, compiles some of them, runs the program: what it prints, and whether it ends well. */
function compileAndRun(
  emitted: readonly EmittedC[],
  { own = {}, sources, flags = [] }: {
    readonly own?: Readonly<Record<string, string>>;
    readonly sources: readonly string[];
    readonly flags?: readonly string[];
  },
): { readonly text: string; readonly success: boolean } {
  const folder = Deno.makeTempDirSync();
  try {
    for (const folderOf of ["example", "test"]) Deno.mkdirSync(`${folder}/${folderOf}`);
    for (const files of [...emitted.map(({ files }) => files), own]) {
      for (const [name, text] of Object.entries(files)) {
        Deno.writeTextFileSync(`${folder}/${name}`, text);
      }
    }
    const built = new Deno.Command("gcc", {
      args: [
        "-std=c99",
        ...warnings,
        "-I.",
        "-Itest",
        ...flags,
        ...sources,
        "-lm",
        "-o",
        "program",
      ],
      cwd: folder,
    }).outputSync();
    assert(built.success, new TextDecoder().decode(built.stderr));
    const { stdout, success } = new Deno.Command(`${folder}/program`).outputSync();
    return { text: new TextDecoder().decode(stdout), success };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const sourcesOf = ({ prefix }: EmittedC) => [`${prefix}.c`, `${prefix}_weights.c`];

Deno.test("a model in C is files as data, its sources at the top", () => {
  const { files, layers, memory, plan } = emitC(kws, { prefix: "kws" });
  assertEquals(Object.keys(files), [
    "kws.h",
    "kws.c",
    "kws_weights.c",
    "kws_harness.c",
    "example/main.c",
    "test/kws_golden.h",
    "test/kws_test.c",
  ]);
  assertEquals(memory.arenaBytes, plan.peakBytes);
  assertEquals(layers.flatMap(({ operators }) => operators).length, plan.steps.length);
  assertEquals(JSON.parse(JSON.stringify(files)), files);
});

Deno.test("the header says sizes, and of every input and output where and what it is", () => {
  const plan = planMemory(kws);
  const { files } = emitC(kws, { prefix: "kws", plan, frames: [] });
  const header = files["kws.h"];
  const input = kws.tensors[plan.inputs[0]];
  for (
    const line of [
      `#define KWS_ARENA_BYTES ${plan.peakBytes}`,
      "#define KWS_STATE_BYTES 0",
      "#define KWS_EXTERNAL_BYTES 0",
      "#define KWS_INPUT_0_BYTES 490",
      `#define KWS_INPUT_0_SHAPE {${input.shape.join(", ")}}`,
      `#define KWS_INPUT_0_ZERO_POINT (${input.quantization!.zeroPoints[0]})`,
      "#define KWS_OUTPUT_0_ELEMENTS 12",
      "void kws_invoke(void);",
      "void kws_reset(void);",
    ]
  ) assert(header.split("\n").includes(line), `${line} is missing`);
  assertMatch(header, /#define KWS_INPUT_0 \(\(int8_t \*\)\(void \*\)\(kws_arena \+ \d+\)\)/);
  assert(!("test/kws_test.c" in files));
});

Deno.test({
  name: "the self-test passes, and fails with other weights (needs gcc)",
  ignore,
  fn: () => {
    const emitted = emitC(kws, { prefix: "kws" });
    const sources = ["test/kws_test.c", ...sourcesOf(emitted)];
    assertEquals(compileAndRun([emitted], { sources }), {
      text: "outputs: equal\n",
      success: true,
    });
    const weights = emitted.files["kws_weights.c"];
    const own = { "kws_weights.c": weights.replace(/^ {2}(\d+),/m, (_, x) => `  ${x ^ 64},`) };
    const changed = compileAndRun([emitted], { sources, own });
    assertEquals(changed.success, false);
    assertMatch(changed.text, /output 0 differs/);
  },
});

Deno.test({
  name: "the example builds as it is and prints every element (needs gcc)",
  ignore,
  fn: () => {
    const emitted = emitC(kws, { prefix: "kws", frames: [] });
    const sources = ["example/main.c", ...sourcesOf(emitted)];
    const { text, success } = compileAndRun([emitted], { sources });
    assert(success);
    assertEquals(text.trim().split("\n").length, 12);
  },
});

Deno.test({
  name: "two models take turns in one arena (needs gcc)",
  ignore,
  fn: () => {
    const models = [emitC(kws, { prefix: "kws" }), emitC(ad, { prefix: "ad" })];
    const most = Math.max(...models.map(({ memory }) => memory.arenaBytes));
    const main = `#include <string.h>
#include "kws.h"
#include "ad.h"
#include "kws_golden.h"
#include "ad_golden.h"
int main(void) {
  static uint8_t shared[${most}];
  int turn, wrong = 0;
  kws_arena = shared;
  ad_arena = shared;
  for (turn = 0; turn < 2; turn++) {
    memcpy(KWS_INPUT_0, kws_golden_input_0, KWS_INPUT_0_BYTES);
    kws_invoke();
    wrong += memcmp(KWS_OUTPUT_0, kws_golden_output_0, KWS_OUTPUT_0_BYTES) != 0;
    memcpy(AD_INPUT_0, ad_golden_input_0, AD_INPUT_0_BYTES);
    ad_invoke();
    wrong += memcmp(AD_OUTPUT_0, ad_golden_output_0, AD_OUTPUT_0_BYTES) != 0;
  }
  return wrong;
}
`;
    const { success } = compileAndRun(models, {
      own: { "main.c": main },
      sources: ["main.c", ...models.flatMap(sourcesOf)],
      flags: ["-DKWS_ARENA_GIVEN", "-DAD_ARENA_GIVEN", "-fsanitize=address,undefined"],
    });
    assert(success);
  },
});

Deno.test({
  name: "the hook stands behind every layer (needs gcc)",
  ignore,
  fn: () => {
    const emitted = emitC(kws, { prefix: "kws", frames: [] });
    const { text } = compileAndRun([emitted], {
      own: {
        "hook.h": `#include <stdio.h>\n#define KWS_ON_LAYER(i) printf("%d ", i)\n`,
        "main.c": `#include "kws.h"\nint main(void) { kws_invoke(); return 0; }\n`,
      },
      sources: ["main.c", ...sourcesOf(emitted)],
      flags: ["-include", "hook.h"],
    });
    assertEquals(text, emitted.layers.map((_, i) => `${i} `).join(""));
  },
});

Deno.test({
  name: "a harness with an interface of its own finds inputs and outputs (needs gcc)",
  ignore,
  fn: () => {
    for (const prefix of ["kws", "model"]) {
      const emitted = emitC(kws, { prefix, frames: [] });
      const { text } = compileAndRun([emitted], {
        own: {
          "tinyloom_model.h": `#include <stddef.h>
#include <stdint.h>
int model_init(void);
void model_invoke(void);
int8_t *model_input(int i);
size_t model_input_bytes(int i);
const int8_t *model_output(int i);
size_t model_output_bytes(int i);
size_t model_arena_used(void);
`,
          "main.c": `#include <stdio.h>
#include "tinyloom_model.h"
int main(void) {
  model_init();
  model_input(0)[0] = 1;
  model_invoke();
  printf("%d %d %lu %lu", model_output(0) != NULL, model_input(1) == NULL,
         (unsigned long)model_input_bytes(0), (unsigned long)model_output_bytes(0));
  return 0;
}
`,
        },
        sources: ["main.c", ...sourcesOf(emitted), `${prefix}_harness.c`],
      });
      assertEquals(text, "1 1 490 12");
    }
  },
});

Deno.test("what cannot be printed is refused by name", () => {
  for (const prefix of ["", "3d", "a-b", "ä", "a b"]) {
    assertThrows(() => emitC(kws, { prefix }), RangeError, `prefix "${prefix}"`);
  }
  assertThrows(() => emitC(kws, { target: "z80" as "host" }), RangeError, 'target "z80"');
  assertThrows(() => emitC(kws, { plan: planMemory(ad) }), Error, "the plan does not hold");
});

Deno.test({
  name: "each optimization writes other C, which computes the same (needs gcc)",
  ignore,
  fn: () => {
    const emitted = [0, 1, 2, 3, 4, 5].map((rungs) =>
      emitC(kws, { optimizations: optimizationNames.slice(0, rungs) })
    );
    assertEquals(new Set(emitted.map(({ files }) => files["model.c"])).size, 6);
    for (const each of [emitted[0], emitted[3]]) {
      const { success, text } = compileAndRun([each], {
        sources: [...sourcesOf(each), "test/model_test.c"],
      });
      assert(success, text);
    }
  },
});

Deno.test("optimizations that a target does not have are refused", () => {
  const scalar = optimizationNames.slice(0, 5);
  assertThrows(
    () => emitC(kws, { target: "cortex-m4", optimizations: scalar }),
    RangeError,
    'optimizations for target "cortex-m4", needed scalar ones and target "portable"',
  );
  assertThrows(
    () => emitC(kws, { optimizations: [...scalar, "simd"] }),
    RangeError,
    'optimization "simd" for target "portable"',
  );
  assertThrows(() => emitC(kws, { optimizations: ["tiling"] }), RangeError, "without");
});
