// Projects measured in QEMU by the program of their own.
import {
  chartDeployment,
  deploy,
  DeployError,
  deploymentRows,
  deploymentTotals,
  type DeployTargetName,
  devices,
  measureDeployment,
  renderSvg,
  zoo,
} from "../../mod.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { hasCommand } from "./c_programs.ts";

const ignore = !hasCommand("arm-none-eabi-gcc") || !hasCommand("qemu-system-arm");
const needs = "(needs arm-none-eabi-gcc and qemu-system-arm)";
const kws = zoo("mlperf-tiny-kws");

for (const target of ["cortex-m4", "cortex-m7", "cortex-m55", "portable"] as DeployTargetName[]) {
  Deno.test({
    name: `a project for ${target} is exact in QEMU, within the RAM and stack promised ${needs}`,
    ignore,
    fn: async () => {
      const table = await measureDeployment(deploy(kws, { target, prefix: "net" }), {
        how: "qemu",
      });
      const totals = deploymentTotals(table);
      const { exact, frames, instructions, ramBytes, staticRamBytes, stackBytes, flashBytes } =
        totals;
      assertEquals([exact, frames, totals.isEstimate], [true, 2, false]);
      assert(staticRamBytes! >= ramBytes && staticRamBytes! <= ramBytes + 32, `${staticRamBytes}`);
      assert(stackBytes! > 0 && stackBytes! <= 512, `${stackBytes} B of stack`);
      // Weights and biases are the model's own; all there is lies in one of the parts.
      // The new shape of a RESHAPE, two int32, counts as well.
      assertEquals(flashBytes.weights, 22_016 + 2_352 + 8);
      assert(flashBytes.code > 2000 && flashBytes.code < 20_000, `${flashBytes.code} B of code`);
      const layers = deploymentRows(table).reduce((sum, row) => sum + row.instructions, 0);
      assert(Math.abs(layers / instructions - 1) < 0.01, `${layers} of ${instructions}`);
    },
  });
}

Deno.test({
  name: `the estimates of instructions and of Flash are near to what is measured ${needs}`,
  ignore,
  fn: async () => {
    for (const name of ["mlperf-tiny-kws", "mbv2-w0.3-r64"]) {
      const deployment = deploy(zoo(name), { device: devices.nano33ble, prefix: "net" });
      const measured = deploymentTotals(await measureDeployment(deployment, { how: "qemu" }));
      const { emitted: { plan } } = deployment;
      const estimated = deploymentTotals(await measureDeployment(deployment, { how: "estimate" }));
      const apart = (a: number, b: number) => Math.abs(a / b - 1);
      assert(apart(estimated.instructions, measured.instructions) < 0.1, name);
      assert(apart(plan.flashBytes, measured.flashBytes.total) < 0.1, name);
      const svg = await renderSvg(chartDeployment(
        await measureDeployment(deployment, { how: "estimate" }),
      ));
      assertStringIncludes(svg, "DEPTHWISE_CONV_2D");
    }
  },
});

Deno.test({
  name: `a project for size takes less Flash than one for speed, and is exact ${needs}`,
  ignore,
  fn: async () => {
    const [small, fast] = await Promise.all((["size", "speed"] as const).map(async (optimize) => {
      const deployment = deploy(kws, { target: "cortex-m4", prefix: "net", optimize });
      return deploymentTotals(await measureDeployment(deployment, { how: "qemu" }));
    }));
    assert(small.exact && small.flashBytes.total < fast.flashBytes.total);
    assert(small.instructions > fast.instructions && small.ramBytes <= fast.ramBytes);
  },
});

Deno.test({
  name: `outputs that differ are told ${needs}`,
  ignore,
  fn: async () => {
    const deployment = deploy(zoo("mlperf-tiny-ad"), { target: "cortex-m4", prefix: "net" });
    const { project } = deployment;
    const golden = "test/net_golden.h";
    const text = project.files[golden].replace(/(output_0\[\] = \{\n.*\n {2})\d+,\d+/, "$117,4");
    const files = { ...project.files, [golden]: text };
    const changed = { ...deployment, project: { ...project, files } };
    const { exact } = deploymentTotals(await measureDeployment(changed, { how: "qemu" }));
    assertEquals(exact, false);
  },
});

Deno.test("what no machine in QEMU runs is refused", async () => {
  const deployment = deploy(zoo("mlperf-tiny-ad"), { target: "host", prefix: "net" });
  await assertRejects(() => measureDeployment(deployment, { how: "qemu" }), DeployError, "host");
});
