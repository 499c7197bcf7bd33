// Models as projects: what is in them, where it lies, and what is refused.
import {
  deploy,
  DeployError,
  type Deployment,
  deploymentRows,
  deploymentTotals,
  deployTargets,
  devices,
  estimateLatency,
  measureDeployment,
  type Model,
  type ModelTensor,
  PlanError,
  planMemory,
  type ProjectLayout,
  readDeploymentLog,
  runReference,
  tableMetadata,
  tableToRows,
  verifyDeployment,
  writeDeployment,
  zoo,
} from "../../mod.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../assert.ts";
import { hasCommand, sanitizers, warnings } from "./c_programs.ts";

const kws = zoo("mlperf-tiny-kws");
const ad = zoo("mlperf-tiny-ad");
const layouts: readonly ProjectLayout[] = ["cmake", "arduino", "zephyr", "platformio"];

Deno.test("each build system finds its files where it looks for them", () => {
  const own: Readonly<Record<ProjectLayout, readonly string[]>> = {
    cmake: ["CMakeLists.txt", "net.h", "net.c", "example/main.c", "test/net_test.c"],
    arduino: ["library.properties", "src/net.h", "src/net.c", "examples/net/net.ino"],
    zephyr: ["zephyr/module.yml", "CMakeLists.txt", "Kconfig", "net.c"],
    platformio: ["library.json", "src/net.c", "examples/net/main.c"],
  };
  for (const layout of layouts) {
    const { project } = deploy(ad, { layout, prefix: "net" });
    const paths = Object.keys(project.files);
    for (const path of [...own[layout], "README.md", "tinyloom.json"]) {
      assert(paths.includes(path), `${layout} has no ${path}: ${paths}`);
    }
    assertEquals(JSON.parse(project.files["tinyloom.json"]).files, [...paths].sort());
    assert(project.sources.every((path) => path in project.files));
  }
  const { dependencies: _, name, build } = JSON.parse(
    deploy(ad, { layout: "platformio", prefix: "net" }).project.files["library.json"],
  );
  assertEquals([name, build.srcDir], ["tinyloom-net", "src"]);
});

for (const layout of layouts) {
  Deno.test({
    name: `the self-test of a ${layout} project passes on this machine (needs gcc)`,
    ignore: !hasCommand("gcc"),
    fn: async () => {
      const { exact, frames, text } = await verifyDeployment(deploy(ad, { layout, prefix: "net" }));
      assertEquals([exact, frames, text], [true, 2, "outputs: equal\n"]);
    },
  });
}

Deno.test({
  name: "a self-test with other golden vectors fails (needs gcc)",
  ignore: !hasCommand("gcc"),
  fn: async () => {
    const deployment = deploy(ad, { prefix: "net" });
    const { project } = deployment;
    const golden = "test/net_golden.h";
    const text = project.files[golden].replace(
      /(output_0\[\] = \{\n.*\n {2})(-?\d+)/,
      (_, before, value) => `${before}${(Number(value) + 1) % 256}`,
    );
    assert(text !== project.files[golden]);
    const changed: Deployment = {
      ...deployment,
      project: { ...project, files: { ...project.files, [golden]: text } },
    };
    assertEquals((await verifyDeployment(changed)).exact, false);
  },
});

Deno.test({
  name: "CMake builds a project as it is, and its test passes (needs cmake and gcc)",
  ignore: !hasCommand("cmake") || !hasCommand("gcc"),
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await writeDeployment(deploy(ad, { prefix: "net" }), `${folder}/project`);
      for (
        const args of [
          ["-S", "project", "-B", "build"],
          ["--build", "build"],
          ["--build", "build", "--target", "test"],
        ]
      ) {
        const { success, stdout, stderr } = await new Deno.Command("cmake", { args, cwd: folder })
          .output();
        assert(success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("a device decides the target, and whether the model fits beside a reserve", () => {
  const target = (name: keyof typeof devices) => deploy(ad, { device: devices[name] }).target;
  assertEquals(target("nano33ble"), "cortex-m4");
  assertEquals(target("nrf5340"), "cortex-m33");
  assertEquals(target("stm32f746"), "cortex-m7");
  assertEquals(target("rp2040"), "portable");
  const device = devices.nano33iot;
  assert(deploy(ad, { device, target: "portable" }).fit!.fits === false, "its Flash is too small");
  const { fit } = deploy(kws, { device, reserveBytes: 25_000 });
  assertMatch(
    fit!.reason,
    /^does not fit: peak .* \+ stack .* \+ scratch .* \+ reserve 25,000 B >/,
  );
  assertEquals(deploy(ad).fit, null);
});

Deno.test("the plan is the smallest, at multiples of 4 where that costs nothing", () => {
  const { emitted: { plan } } = deploy(kws);
  assertEquals(plan.peakBytes, planMemory(kws).peakBytes);
  const given = planMemory(kws, { fusion: "rolling" });
  const { plan: kept } = deploy(kws, { plan: given }).emitted;
  assertEquals({ ...kept, scratch: null }, given);
});

Deno.test("bad input is refused by name", () => {
  assertThrows(() => deploy(ad, { prefix: "2net" }), RangeError, "C identifier");
  assertThrows(() => deploy(ad, { prefix: "switch" }), RangeError, "keyword");
  assertThrows(() => deploy(ad, { plan: planMemory(kws) }), PlanError, "is the plan for another");
  assertThrows(() => deploy(ad, { target: "z80" as "host" }), RangeError, "cortex-m4");
  assertThrows(() => deploy(ad, { layout: "make" as "cmake" }), RangeError, "zephyr");
  assertThrows(
    () => deploy(ad, { device: devices.rp2040, reserveBytes: -1 }),
    RangeError,
    "reserve",
  );
});

/** A model of floats with one convolution of int8 inside: QUANTIZE, CONV_2D, DEQUANTIZE. */
function withFloatEdges(model: Model): Model {
  const [input, output] = [model.inputs[0], model.outputs[0]];
  const float = (name: string, index: number): ModelTensor => ({
    ...model.tensors[index],
    name,
    dtype: "float32",
    quantization: null,
  });
  const [given, taken] = [model.tensors.length, model.tensors.length + 1];
  const edge = (op: "QUANTIZE" | "DEQUANTIZE", from: number, to: number) => (
    { op, version: 1, attributes: {}, inputs: [from], outputs: [to] } as const
  );
  return {
    ...model,
    tensors: [...model.tensors, float("given", input), float("taken", output)],
    operators: [
      edge("QUANTIZE", given, input),
      ...model.operators,
      edge("DEQUANTIZE", output, taken),
    ],
    inputs: [given],
    outputs: [taken],
  };
}

Deno.test({
  name: "integers at the edges have functions from and to floats, equal to QUANTIZE (needs gcc)",
  ignore: !hasCommand("gcc"),
  fn: async () => {
    const model = withFloatEdges(kws);
    const { project } = deploy(model, { prefix: "net", frames: [] });
    const { scales: [scale], zeroPoints: [zero] } = kws.tensors[kws.inputs[0]].quantization!;
    // Halves, both ends, beyond them, and what lies between.
    const reals = Float32Array.from(
      { length: 490 },
      (_, i) => i < 400 ? Math.fround((i / 2 - 100 - zero) * scale) : (i - 445) * 7 * scale,
    );
    const whole: Float32Array = reals.map((x) => x);
    whole.set([1e30, -1e30, Infinity, -Infinity], 486);
    const expected = runReference(model, [whole]).outputs[0] as Float32Array;
    const main = `#include <stdio.h>
#include <string.h>
#include "net.h"
static const unsigned bits[] = {${new Uint32Array(whole.buffer).join("u,")}u};
int main(void) {
  float in[490], out[NET_OUTPUT_0_ELEMENTS];
  size_t i;
  memcpy(in, bits, sizeof in);
  net_quantize_input_0(NET_INPUT_0, in);
  net_invoke();
  net_dequantize_output_0(out);
  for (i = 0; i < NET_OUTPUT_0_ELEMENTS; i++) printf("%a\\n", (double)out[i]);
  return 0;
}
`;
    const folder = await Deno.makeTempDir();
    try {
      for (const [name, text] of Object.entries({ ...project.files, "main.c": main })) {
        if (!name.includes("/")) await Deno.writeTextFile(`${folder}/${name}`, text);
      }
      const built = await new Deno.Command("gcc", {
        args: [
          "-std=c99",
          ...warnings,
          ...sanitizers,
          "main.c",
          "net.c",
          "net_weights.c",
          "-o",
          "main",
        ],
        cwd: folder,
      }).output();
      assert(built.success, new TextDecoder().decode(built.stderr));
      const { success, stdout } = await new Deno.Command(`${folder}/main`).output();
      assert(success);
      const found = new TextDecoder().decode(stdout).trim().split("\n").map(fromHex);
      assertEquals(found, [...expected]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** What printf makes of "%a". */
function fromHex(text: string): number {
  const [, sign, first, rest = "", power] = /^(-?)0x([01])\.?([0-9a-f]*)p([+-]\d+)$/.exec(text)!;
  const digits = parseInt(first + rest, 16) / 16 ** rest.length;
  return (sign === "-" ? -1 : 1) * digits * 2 ** Number(power);
}

Deno.test("a folder takes a project, and later ones replace it; others are left alone", async () => {
  const folder = await Deno.makeTempDir();
  const names = () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  try {
    await writeDeployment(deploy(ad, { prefix: "first", frames: [] }), folder);
    assertEquals(names(), [
      "CMakeLists.txt",
      "README.md",
      "example",
      "first.c",
      "first.h",
      "first_harness.c",
      "first_weights.c",
      "tinyloom.json",
    ]);
    await Deno.writeTextFile(`${folder}/notes.txt`, "mine");
    const second = deploy(ad, { prefix: "second", frames: [] });
    await writeDeployment(second, folder);
    assert(names().includes("second.c") && !names().includes("first.c"), names().join());
    assertEquals(await Deno.readTextFile(`${folder}/notes.txt`), "mine");

    await Deno.writeTextFile(`${folder}/third.c`, "mine, too");
    const third = deploy(ad, { prefix: "third", frames: [] });
    await assertRejects(() => writeDeployment(third, folder), DeployError, "third.c");
    assertEquals(await Deno.readTextFile(`${folder}/third.c`), "mine, too");
    assert(names().includes("second.c") && !names().includes("third.h"), "nothing half-written");
    await writeDeployment(third, folder, { force: true });
    assertMatch(await Deno.readTextFile(`${folder}/third.c`), /third_invoke/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a folder with something else in it, or that cannot be one, is left as it is", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/thesis.txt`, "");
    const deployment = deploy(ad, { frames: [] });
    await assertRejects(() => writeDeployment(deployment, folder), DeployError, "not empty");
    // A folder stands where a file is to be: what was begun goes again.
    await Deno.mkdir(`${folder}/new/example/main.c`, { recursive: true });
    await assertRejects(() => writeDeployment(deployment, `${folder}/new`, { force: true }));
    assertEquals([...Deno.readDirSync(`${folder}/new/example`)].map(({ name }) => name), [
      "main.c",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an estimate says that it is one, and its layers add up", async () => {
  const deployment = deploy(kws, { device: devices.nano33ble, prefix: "net" });
  const table = await measureDeployment(deployment, { how: "estimate" });
  const totals = deploymentTotals(table);
  assertEquals([totals.isEstimate, totals.exact, totals.stackBytes], [true, null, null]);
  const rows = deploymentRows(table);
  assertEquals(rows.length, deployment.emitted.layers.length);
  assertEquals(rows.reduce((sum, row) => sum + row.instructions, 0), totals.instructions);
  const { code, weights, tables, total } = totals.flashBytes;
  assertEquals(code + weights + tables, total);
  assertEquals(rows.reduce((sum, { macs }) => sum + macs, 0), 2_656_768);
  assertThrows(() => deploymentTotals(readDeploymentLogTable()), TypeError, "measureDeployment");
});

function readDeploymentLogTable() {
  const table = readDeploymentLog(deploy(ad), logOf(deploy(ad), () => 1));
  table.schema.metadata.delete("flashBytes");
  return table;
}

function logOf({ emitted }: Deployment, cyclesOf: (layer: number) => number): string {
  return emitted.layers.map((_, i) => `[00:01] tinyloom layer ${i} cycles ${cyclesOf(i)}`).join(
    "\r\n",
  );
}

Deno.test("a board's log stands beside the estimate: medians of its runs", () => {
  const deployment = deploy(ad, { device: devices.nano33ble });
  const log = [1, 3, 100].map((run) => logOf(deployment, (i) => run * 1000 * (i + 1))).join(
    "\nboot\n",
  );
  const table = readDeploymentLog(deployment, log);
  const rows = tableToRows(table);
  assertEquals(rows[1].measuredCycles, 6000);
  assertEquals(rows[1].measuredMilliseconds, 6000 / 64_000);
  assertEquals(rows[1].measuredRatio, 6000 / (rows[1].cyclesEstimate as number));
  const { measuredCycles, runs } = tableMetadata(table);
  assertEquals([measuredCycles, runs], [3000 * 55, 3]);
  assertThrows(() => readDeploymentLog(deployment, "hello"), TypeError, "no line");
  assertThrows(
    () => readDeploymentLog(deployment, "tinyloom layer 0 cycles 5"),
    TypeError,
    "no cycles of layer 1",
  );
  assertThrows(
    () => readDeploymentLog(deployment, "tinyloom layer 10 cycles 5"),
    TypeError,
    "layer 10, the model has 10",
  );
});

Deno.test("latency: the clock divides, other processors are not known, fused plans cost more", () => {
  const { nano33ble, stm32l4r5, rp2040 } = devices;
  const slow = estimateLatency(kws, { device: nano33ble });
  const fast = estimateLatency(kws, { device: stm32l4r5 });
  assertEquals(slow.instructions, fast.instructions);
  assert(Math.abs(slow.milliseconds! / fast.milliseconds! - 120 / 64) < 1e-9);
  assertEquals(estimateLatency(kws, { device: rp2040 }).milliseconds, null);
  const plan = planMemory(kws, { fusion: "rolling" });
  const fused = estimateLatency(kws, { device: nano33ble, plan });
  assert(fused.layers.length < slow.layers.length && fused.instructions > slow.instructions);
  assertEquals(fused.layers.reduce((a, b) => a + b), fused.instructions);
});

Deno.test("every target names a board or none, and kernels that can be printed", () => {
  for (const [name, { board }] of Object.entries(deployTargets)) {
    assertEquals(board === null, name === "host");
    deploy(ad, { target: name as keyof typeof deployTargets, frames: [] });
  }
});
