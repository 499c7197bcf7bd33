import {
  deploy,
  deploymentRows,
  deploymentTotals,
  devices,
  energyOf,
  macs,
  measureDeployment,
  operationEnergy,
  planMemory,
  publishedRuns,
  zoo,
} from "tinyloom";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";

const kws = zoo("mlperf-tiny-kws");
const device = devices.stm32l4r5;

Deno.test("the data sheet's power over published times is the energy that was measured, within a tenth", () => {
  const measured = publishedRuns.filter(({ engine, microjoules }) =>
    engine === "x-cube-ai-7.3.0" && microjoules !== null
  );
  assertEquals(measured.length, 4);
  for (const { model, perSecond, microjoules } of measured) {
    const milliseconds = 1000 / perSecond!;
    const { millijoules, timeErrorShare } = energyOf(zoo(model), { device, milliseconds });
    assertAlmostEquals(millijoules! * 1000 / microjoules!, 1, 0.1);
    assertEquals(timeErrorShare, 0);
  }
});

Deno.test("published power, energy and speed of a run belong together", () => {
  for (const { model, engine, perSecond, microjoules, milliwatts } of publishedRuns) {
    if (microjoules === null) continue;
    // Milliwatts are microjoules a millisecond.
    const found = microjoules * perSecond! / 1000 / milliwatts!;
    assertAlmostEquals(found, 1, 0.03, `${model}, ${engine}`);
  }
});

Deno.test("layers share the energy of the whole, and each has its bytes and multiply-accumulates", () => {
  const energy = energyOf(kws, { device });
  const sum = (field: "microjoules" | "macs") =>
    energy.layers.reduce((all, layer) => all + layer[field]!, 0);
  assertAlmostEquals(sum("microjoules") / 1000, energy.millijoules!, 1e-9);
  assertAlmostEquals(
    energy.millijoules!,
    energy.milliseconds! * energy.activeMilliwatts! / 1000,
    1e-9,
  );
  assertEquals(sum("macs"), macs(kws));
  const [first] = energy.layers;
  // 10x4 windows, stride 2: 49x10 values to 25x5x64; the filter and 64 biases of int32.
  assertEquals([first.operator, first.sramBytes], ["CONV_2D", 49 * 10 + 25 * 5 * 64]);
  assertEquals(first.flashBytes, 10 * 4 * 64 + 4 * 64);
  assertAlmostEquals(first.macMicrojoules, first.macs * operationEnergy.perMac / 1e6, 1e-12);
});

Deno.test("rolling rows read their weights once a row: more Flash traffic, the same arithmetic", () => {
  const model = zoo("mcunet-vww0");
  const total = (fusion: "none" | "rolling", what: "flashBytes" | "macs" | "sramBytes") =>
    energyOf(model, { device, plan: planMemory(model, { fusion }) }).layers
      .reduce((sum, layer) => sum + layer[what], 0);
  assert(total("rolling", "flashBytes") > 1.1 * total("none", "flashBytes"));
  assertEquals(total("rolling", "macs"), total("none", "macs"));
  assertEquals(total("rolling", "sramBytes"), total("none", "sramBytes"));
});

Deno.test("patches compute borders again, as often as their plan says", () => {
  const model = zoo("mcunet-vww0");
  const plan = planMemory(model, { fusion: "patch" });
  const total = energyOf(model, { device, plan }).layers.reduce(
    (sum, layer) => sum + layer.macs,
    0,
  );
  assertAlmostEquals(total / macs(model), plan.macFactor, 1e-4);
  assert(total > macs(model));
});

Deno.test("nothing is made up for a device without figures, nor for a time that is none", () => {
  const { millijoules, layers } = energyOf(kws, { device: devices.rp2040 });
  assertEquals([millijoules, layers[0].microjoules], [null, null]);
  for (const milliseconds of [0, -1, NaN, Infinity]) {
    assertThrows(() => energyOf(kws, { device, milliseconds }), RangeError, "positive number");
  }
});

Deno.test("a deployment's table has energies by layer and in all", async () => {
  const table = await measureDeployment(deploy(kws, { device }), { how: "estimate" });
  const { millijoules, milliseconds } = deploymentTotals(table);
  assertAlmostEquals(millijoules!, milliseconds! * device.activeMilliwatts! / 1000, 1e-9);
  for (const row of deploymentRows(table)) {
    assertAlmostEquals(row.microjoules!, row.milliseconds! * device.activeMilliwatts!, 1e-9);
  }
  const other = await measureDeployment(deploy(kws, { device: devices.rp2040 }), {
    how: "estimate",
  });
  assertEquals(deploymentTotals(other).millijoules, null);
});
