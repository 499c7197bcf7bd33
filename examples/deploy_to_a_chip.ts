/**
 * Onto a chip: a network of the zoo as a C project for a microcontroller, and what it takes there.
 *
 * Run: deno run -A examples/deploy_to_a_chip.ts [NAME] [DEVICE] [FOLDER]
 *
 * NAME is a network of the zoo, by default mlperf-tiny-kws; DEVICE one of `devices`, by default
 * nano33ble; FOLDER where the project goes, by default out/NAME. Instructions are counted where Arm's
 * compiler and QEMU are installed, else estimated.
 */
import { zoo } from "tinyloom/model";
import { type DeviceName, devices } from "tinyloom/plan";
import {
  briefDeploymentColumns,
  deploy,
  deploymentTotals,
  measureDeployment,
  verifyDeployment,
  writeDeployment,
} from "tinyloom/deploy";
import { tableToText } from "tinyloom/measure";

const [name = "mlperf-tiny-kws", board = "nano33ble", folder = `out/${name}`] = Deno.args;
if (!Object.hasOwn(devices, board)) {
  console.error(`device "${board}", needed one of ${Object.keys(devices).join(", ")}`);
  Deno.exit(2);
}
const device = devices[board as DeviceName];
const deployment = deploy(zoo(name), { device, prefix: "net" });
const { emitted, project, fit } = deployment;
const bytes = (count: number): string => `${count.toLocaleString("en-US")} B`;

console.log(`${name} on ${device.title}: ${fit!.fits ? "fits" : `does not fit: ${fit!.reason}`}`);
await writeDeployment(deployment, folder);
console.log(
  `${Object.keys(project.files).length} files in ${folder}, an arena of ${
    bytes(emitted.plan.peakBytes)
  }`,
);

// The self-test in the project, run on this machine: golden vectors byte by byte.
try {
  const { exact, frames } = await verifyDeployment(deployment);
  console.log(`${frames} frames on this machine: ${exact ? "all outputs equal" : "DIFFERENT"}\n`);
} catch (error) {
  console.log(`Not run on this machine: ${(error as Error).message}\n`);
}

const table = await measureDeployment(deployment);
console.log(tableToText(table, { columns: briefDeploymentColumns }));
const totals = deploymentTotals(table);
const { isEstimate, instructions, milliseconds, flashBytes, ramBytes, stackBytes } = totals;
console.log(
  `Instructions  ${instructions.toLocaleString("en-US")}, ${
    isEstimate ? "estimated" : `counted on ${totals.board} in QEMU`
  }`,
);
if (milliseconds !== null) console.log(`Time          about ${milliseconds.toFixed(1)} ms`);
console.log(`Flash         ${bytes(flashBytes.total)}, of which code ${bytes(flashBytes.code)}`);
console.log(`RAM           ${bytes(ramBytes)}`);
console.log(`Stack         ${stackBytes === null ? "not measured" : bytes(stackBytes)}`);
