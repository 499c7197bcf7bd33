// What estimates go by: instructions of a layer of known work, memories of boards, energies of operations.
import { devices, energyOf, operationEnergy, planMemory, zoo } from "tinyloom";
import { boards } from "../../lib/deploy/firmware/startup_text.ts";
import {
  cycleModels,
  instructionCosts,
  instructionsOf,
  layerKind,
  type LayerWork,
} from "../../lib/deploy/latency/instruction_costs.ts";
import { planUnitsOf, workOf } from "../../lib/deploy/latency/estimate_latency.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";

// Instructions of 1,000,000 multiply-accumulates, 10,000 elements written and 7,000 read, as fitted to
// runs in QEMU (tests/mcu/measured.md).
const fitted: Readonly<Record<LayerWork["kind"], readonly [portable: number, m4: number]>> = {
  "pointwise": [3_099_797, 910_570],
  "convolution": [3_215_900, 1_149_400],
  "shallow convolution": [3_081_230, 1_109_922],
  "depthwise": [1_950_341, 1_682_129],
  "depthwise by channels": [6_355_872, 6_355_872],
  "fully connected": [3_184_912, 1_271_110.07],
  "add": [466_490, 140_994.19],
  "mean": [19_010, 28_410],
  "pool": [103_916, 93_388],
  "softmax": [337_897, 337_197.6],
  "other": [4_023_400, 4_023_400],
};

Deno.test("instructions of a layer are those of its multiply-accumulates, its elements and its call", () => {
  const work = { macs: 1_000_000, outputs: 10_000, inputs: 7000 };
  for (const [name, [portable, m4]] of Object.entries(fitted)) {
    const kind = name as LayerWork["kind"];
    const found = [instructionCosts.portable, instructionCosts["cortex-m4"]].map((costs) =>
      instructionsOf({ kind, ...work }, costs)
    );
    assertAlmostEquals(found[0], portable, 0.01, name);
    assertAlmostEquals(found[1], m4, 0.01, name);
  }
  assertEquals(Object.values(instructionCosts).map(({ fusedFactor }) => fusedFactor), [1.32, 1.04]);
});

Deno.test("a layer's kind follows from its operator, its taps and its channels", () => {
  const kind = (op: Parameters<typeof layerKind>[0], taps = 9, inputChannels = 8) =>
    layerKind(op, { taps, inputChannels });
  assertEquals(kind("CONV_2D"), "convolution");
  assertEquals(kind("CONV_2D", 1), "pointwise");
  assertEquals([kind("CONV_2D", 9, 3), kind("CONV_2D", 9, 4)], [
    "shallow convolution",
    "convolution",
  ]);
  assertEquals(kind("DEPTHWISE_CONV_2D"), "depthwise");
  assertEquals(kind("FULLY_CONNECTED"), "fully connected");
  assertEquals([kind("MAX_POOL_2D"), kind("AVERAGE_POOL_2D")], ["pool", "pool"]);
  assertEquals([kind("SOFTMAX"), kind("ADD"), kind("MEAN")], ["softmax", "add", "mean"]);
  assertEquals(kind("TRANSPOSE"), "other");
});

Deno.test("work is counted from a step's tensors, without its weights", () => {
  const model = zoo("mlperf-tiny-kws");
  const { steps } = planMemory(model, { techniques: ["optimal-offsets"] });
  const [first, second] = steps.map((step) => workOf(model, step));
  assertEquals(first, { kind: "shallow convolution", macs: 320_000, outputs: 8000, inputs: 490 });
  assertEquals(second, { kind: "depthwise", macs: 72_000, outputs: 8000, inputs: 8000 });
  const narrow = { ...steps[1], channelsAtOnce: 3 };
  assertEquals(workOf(model, narrow).kind, "depthwise by channels");
  assertEquals(workOf(model, { ...narrow, channelsAtOnce: 4 }).kind, "depthwise");
  // What runs together is one unit, in its turn.
  const rolling = planMemory(zoo("mcunet-vww1"), { fusion: "rolling" });
  const units = planUnitsOf(rolling);
  assertEquals(units.flatMap((unit) => unit.steps), [...rolling.steps]);
  assertEquals(
    units.filter(({ macFactor }) => macFactor !== null).map((unit) => unit.steps.length),
    rolling.segments.map(({ from, until }) => until - from),
  );
});

Deno.test("cycles, energies and boards are those of their sources", () => {
  assertEquals(
    Object.entries(cycleModels).map(([name, model]) =>
      model && [name, model.cyclesPerInstruction, model.errorShare]
    ),
    [
      null,
      ["cortex-m4", 1.38, 0.1],
      ["cortex-m33", 1.38, 0.2],
      ["cortex-m7", 0.85, 0.3],
      ["cortex-m55", 1.1, 0.4],
      null,
    ],
  );
  const { perMac, perSramByte, perFlashByte, perDramByte } = operationEnergy;
  // 20 pJ for 8 bytes of a cache, 1.3 nJ for 8 of DRAM; 0.5 mA at 3 V more for 4 bytes a cycle of 64 MHz.
  assertEquals([perMac, perSramByte, perDramByte], [0.3, 2.5, 162.5]);
  assertAlmostEquals(perFlashByte, 2.5 + 1500e6 / 64e6 / 4, 1e-9);
  const kib = (bytes: number) => bytes / 1024;
  const memories = Object.entries(boards).map(([name, { flash, ram, host, quarterNs }]) => [
    name,
    ...[flash, ram, host].map(([from, size]) => `${from.toString(16)} ${kib(size)}`),
    quarterNs / 4,
  ]);
  assertEquals(memories, [
    ["mps2-an386", "400 4095", "20000000 4096", "21000000 8192", 40],
    ["mps2-an500", "400 4095", "20000000 4096", "60000000 8192", 40],
    ["mps3-an547", "1000000 2048", "21000000 4096", "60000000 8192", 31.25],
  ]);
});

Deno.test("energies are those of the work, in microjoules and millijoules", () => {
  const model = zoo("mcunet-vww0");
  const device = devices.stm32l4r5;
  for (const fusion of ["none", "rolling", "patch"] as const) {
    const { layers, floorMillijoules, millijoules } = energyOf(model, {
      device,
      plan: planMemory(model, { fusion }),
      milliseconds: 100,
    });
    assertAlmostEquals(millijoules!, 0.1 * device.activeMilliwatts!, 1e-9);
    let sum = 0;
    for (const layer of layers) {
      assertAlmostEquals(layer.macMicrojoules, layer.macs * 0.3e-6, 1e-12);
      assertAlmostEquals(layer.sramMicrojoules, layer.sramBytes * 2.5e-6, 1e-12);
      assertAlmostEquals(
        layer.flashMicrojoules,
        layer.flashBytes * operationEnergy.perFlashByte / 1e6,
        1e-12,
      );
      sum += layer.macMicrojoules + layer.sramMicrojoules + layer.flashMicrojoules;
    }
    assertAlmostEquals(floorMillijoules, sum / 1000, 1e-12);
    assertEquals(layers.some(({ operator }) => operator === "SEGMENT"), fusion !== "none");
  }
  assert(energyOf(model, { device, milliseconds: 1e-9 }).millijoules! > 0);
});
