// From a model to C on a microcontroller: the plan, the project, and what it takes, measured in QEMU
// where that is installed and estimated elsewhere.
//   deno run -A examples/onto_the_chip.ts
import { zoo } from "tinyloom/model";
import { devices } from "tinyloom/plan";
import {
  briefDeploymentColumns,
  deploy,
  deploymentTotals,
  measureDeployment,
} from "tinyloom/deploy";
import { tableToText } from "tinyloom/measure";

const deployment = deploy(zoo("mlperf-tiny-kws"), { device: devices.nano33ble, prefix: "kws" });
console.log(Object.keys(deployment.project.files).join("\n"));
console.log(deployment.fit?.reason);

const table = await measureDeployment(deployment);
console.log(tableToText(table, { columns: briefDeploymentColumns }));
const { isEstimate, instructions, milliseconds, flashBytes, stackBytes } = deploymentTotals(table);
console.log(isEstimate ? "Estimated:" : "Measured:", {
  instructions,
  milliseconds,
  flashBytes,
  stackBytes,
});
