// Kernels as assembly: what is printed, and what it computes on a Cortex-M4 in QEMU.
import { printKernels } from "../../lib/codegen/c/print_kernels.ts";
import { printThumb } from "../../lib/codegen/thumb/print_thumb.ts";
import { emitKernel } from "../../lib/codegen/wasm/emit_kernel.ts";
import { encodeModule } from "../../lib/codegen/wasm/encode_module.ts";
import { KernelBuilder } from "../../lib/kernel/kernel_builder.ts";
import type { KernelCode, Region, Value } from "../../lib/kernel/kernel.ts";
import { add, apply, callOf, constant } from "../../lib/kernel/values.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { hasCommand } from "../deploy/c_programs.ts";
import { drawer } from "../plan/random_graph.ts";
import { INPUT_BYTES, OUTPUT_BYTES, randomWordKernels } from "./random_word_kernel.ts";

const memory: Region = { name: "m", space: "arena", offsetBytes: 0, sizeBytes: 64, check: null };

Deno.test("pairs of words, moved pointers and products of pairs are single instructions", () => {
  const b = new KernelBuilder();
  const [x, y, end] = ["x", "y", "end"].map((name) => b.parameter(name));
  const sum = b.let("sum", 7);
  b.goOn(x, { until: end, step: 8, atLeastOnce: true }, () => {
    const at = { region: memory, address: x, alignmentBytes: 4 };
    const first = b.let("first", b.load("i32.load", at));
    const second = b.let("second", b.load("i32.load", { ...at, offsetBytes: 4 }));
    b.set(sum, apply("i32.dot_i16x2_add", [first, second, sum]));
  });
  const high = b.let("high", apply("i32.mulh_round_add", [sum, sum, 0]));
  const lowered = add(high, apply("i32.shr_s", [high, 31]));
  b.store("i32.store8", { region: memory, address: y }, apply("i32.saturate8_s", [lowered]));
  b.advance(y, 1);
  assertEquals(printThumb(b.finish("dot"), "dot"), [
    "push {lr}",
    "mov lr, #7",
    ".Ldot_0:",
    "ldrd r12, r3, [r0], #8",
    "smlad lr, r12, r3, lr",
    "cmp r0, r2",
    "blt .Ldot_0",
    ".Ldot_1:",
    "smmulr r0, lr, lr",
    "add r0, r0, r0, asr #31",
    "ssat r0, #8, r0",
    "strb r0, [r1], #1",
    "pop {pc}",
  ]);
});

Deno.test("sums over vectors are in even registers, their loop is counted in hardware", () => {
  const b = new KernelBuilder();
  const [x, y, count, shift] = ["x", "y", "count", "shift"].map((name) => b.parameter(name));
  const at = (address: Value) => ({ region: memory, address });
  const vector = () => {
    const value = b.let("vector", b.load("v128.load", at(x)));
    b.advance(x, 16);
    return value;
  };
  const sum = b.let("sum", apply("i32.dot_i8x16_add", [vector(), vector(), 0]));
  b.for("turn", { from: count, until: 0, step: -1, atLeastOnce: true }, () => {
    b.set(sum, apply("i32.dot_i8x16_add", [vector(), vector(), sum]));
  });
  const sums = b.let("sums", apply("i32x4.join", [sum, sum, sum, sum]));
  b.set(sums, apply("i32x4.q31mulr_sat_s", [sums, apply("i32x4.splat", [count])]));
  b.set(sums, apply("i32x4.shl_round_s", [sums, apply("i32x4.splat", [shift])]));
  b.store("i32x4.store8x4", at(y), sums);
  assertEquals(printThumb(b.finish("dot"), "dot"), [
    "push {r8, lr}",
    "vldrb.u8 q1, [r0], #16",
    "vldrb.u8 q0, [r0], #16",
    "vmladav.s8 r8, q1, q0",
    "dls lr, r2",
    ".Ldot_0:",
    "vldrb.u8 q1, [r0], #16",
    "vldrb.u8 q0, [r0], #16",
    "vmladava.s8 r8, q1, q0",
    "le lr, .Ldot_0",
    ".Ldot_1:",
    "vmov q0[2], q0[0], r8, r8",
    "vmov q0[3], q0[1], r8, r8",
    "vqrdmulh.s32 q0, q0, r2",
    "vrshl.s32 q0, r3",
    "vstrb.32 q0, [r1]",
    "pop {r8, pc}",
  ]);
});

Deno.test("lanes are shifted by a register, to the left, and by a constant, to the right", () => {
  const b = new KernelBuilder();
  const [x, shift] = ["x", "shift"].map((name) => b.parameter(name));
  const lanes = b.let("lanes", b.load("v128.load", { region: memory, address: x }));
  b.set(lanes, apply("i32x4.shl", [lanes, shift]));
  b.set(lanes, apply("i32x4.shr_s", [lanes, 5]));
  b.store("v128.store", { region: memory, address: x }, lanes);
  assertEquals(printThumb(b.finish("shift"), "shift"), [
    "vldrb.u8 q0, [r0]",
    "vshl.s32 q0, r1",
    "vshr.s32 q0, q0, #5",
    "vstrb.8 q0, [r0]",
    "bx lr",
  ]);
});

Deno.test("a kernel that needs more vectors than there are is left to C", () => {
  const b = new KernelBuilder();
  const x = b.parameter("x");
  const vectors = Array.from({ length: 9 }, (_, i) => (
    b.let("vector", b.load("v128.load", { region: memory, address: x, offsetBytes: i }))
  ));
  for (const value of vectors) b.store("v128.store", { region: memory, address: x }, value);
  assertEquals(printThumb(b.finish("many"), "many"), null);
});

Deno.test("words next to each other are loaded one by one where their alignment is not known", () => {
  const b = new KernelBuilder();
  const x = b.parameter("x");
  const words = [0, 4].map((offsetBytes) =>
    b.let("word", b.load("i32.load", { region: memory, address: x, offsetBytes }))
  );
  b.store("i32.store", { region: memory, address: x }, add(words[0], words[1]));
  const text = printThumb(b.finish("sum"), "sum")!.join("\n");
  assertEquals(text.match(/ldr /g)?.length, 2);
  assert(!text.includes("ldrd"));
});

Deno.test("a kernel that needs more than words, or calls another, is left to C", () => {
  const wide = new KernelBuilder();
  wide.let("wide", constant(1n, "i64"));
  assertEquals(printThumb(wide.finish("wide"), "wide"), null);
  const caller = new KernelBuilder();
  caller.let("called", callOf("other", "i32", []));
  assertEquals(printThumb(caller.finish("caller"), "caller"), null);
});

const harness = new URL("../../../shared/mcu/run.sh", import.meta.url).pathname;
const hasHarness = hasCommand("arm-none-eabi-gcc") && hasCommand("qemu-system-arm") &&
  Deno.permissions.querySync({ name: "read" }).state === "granted" && exists(harness);

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

const COUNT = 80;

function inWebAssembly(kernels: readonly KernelCode[], image: Uint8Array): readonly Uint8Array[] {
  const indices = new Map(kernels.map(({ name }, i) => [name, i]));
  const functions = kernels.map((kernel) => ({
    ...kernel.parameters.length === 0 ? { export: kernel.name } : {},
    parameters: kernel.parameters.map(({ type }) => type),
    body: emitKernel(kernel, {
      functionIndex: (name) => indices.get(name)!,
      spaces: { arena: 0 },
      shared: false,
      checks: null,
    }),
  }));
  const wasm = encodeModule({ memoryPages: 1, shared: false, functions });
  const own = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const imports = { kernel: { memory: own } };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), imports);
  return kernels.filter(({ parameters }) => parameters.length === 0).map(({ name }) => {
    new Uint8Array(own.buffer).set(image);
    (exports[name] as () => void)();
    return new Uint8Array(own.buffer, INPUT_BYTES, OUTPUT_BYTES).slice();
  });
}

Deno.test({
  name: "random kernels in assembly compute what they do in WebAssembly " +
    "(needs ../shared, arm-none-eabi-gcc, qemu-system-arm)",
  ignore: !hasHarness,
  fn: async () => {
    const draw = drawer(2611);
    const kernels = Array.from({ length: COUNT }, (_, i) => randomWordKernels(`k${i}`, draw))
      .flat();
    const image = Uint8Array.from({ length: INPUT_BYTES + OUTPUT_BYTES }, () => draw(256));
    const expected = inWebAssembly(kernels, image);
    const { prelude, functions, callOf } = printKernels(kernels, { constants: "none", thumb: "t" });
    assertEquals(functions.match(/__asm__\(/g)?.length, COUNT);
    assertMatch(functions, /\[sp, #/);
    const runs = expected.map((_, i) =>
      `  memcpy(arena, image, sizeof image);
  ${callOf(`k${i}`, [])};
  memcpy(out + ${i * OUTPUT_BYTES}, arena + ${INPUT_BYTES}, ${OUTPUT_BYTES});`
    );
    const text = `#include "tinyloom_model.h"
#include <string.h>
${prelude}
${functions}
static const uint8_t image[] = {${image.join(",")}};
static uint8_t arena[sizeof image] __attribute__((aligned(8)));
static int8_t in[1], out[${COUNT * OUTPUT_BYTES}];
void model_invoke(void) {
${runs.join("\n")}
}
int8_t *model_input(int i) { return i == 0 ? in : 0; }
size_t model_input_bytes(int i) { return i == 0 ? sizeof in : 0; }
const int8_t *model_output(int i) { return i == 0 ? out : 0; }
size_t model_output_bytes(int i) { return i == 0 ? sizeof out : 0; }
`;
    const folder = Deno.makeTempDirSync();
    try {
      Deno.writeTextFileSync(`${folder}/all.c`, text);
      Deno.mkdirSync(`${folder}/golden`);
      Deno.writeFileSync(`${folder}/golden/input_0.bin`, new Uint8Array(1));
      const whole = new Uint8Array(COUNT * OUTPUT_BYTES);
      expected.forEach((bytes, i) => whole.set(bytes, i * OUTPUT_BYTES));
      Deno.writeFileSync(`${folder}/golden/output_0.0.bin`, whole);
      const { stdout, stderr } = await new Deno.Command(harness, {
        args: ["m4", "all.c"],
        cwd: folder,
        env: { GOLDEN: `${folder}/golden`, RUNS: "0", OUT: `${folder}/out`, OPT: "-O1" },
      }).output();
      const report = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assertMatch(report, /outputs: equal/);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
