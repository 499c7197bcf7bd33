/**
 * Planning an arena: what each technique is worth on one network, a check of the result byte by byte,
 * and the better plan in a file that TensorFlow Lite Micro can use today.
 *
 * Run: deno run examples/plan_an_arena.ts [NAME]
 *
 * NAME is a network of the zoo; default mcunet-in3.
 */
import { writeModel, zoo } from "tinyloom/model";
import {
  offlinePlan,
  planLadder,
  tflmGreedyPlan,
  validatePlan,
  withOfflinePlan,
} from "tinyloom/plan";
import { tableToText } from "tinyloom/measure";
import { ladderTable, planTable } from "tinyloom/chart";

const [name = "mcunet-in3"] = Deno.args;
const model = zoo(name);
const ladder = planLadder(model);
const { plan } = ladder.at(-1)!;

console.log(`${name}, one technique more in each line:\n`);
console.log(tableToText(ladderTable(ladder)));
console.log("The first buffers, and who shares bytes with whom:\n");
const columns = ["id", "tensors", "offsetBytes", "sizeBytes", "from", "until", "sharesWith"];
console.log(tableToText(planTable(plan).slice(0, 8), { columns }));

const findings = validatePlan(plan, model);
console.log(`Run byte by byte: ${findings.length} findings`);
for (const { message } of findings) console.log(message);

const [atStartUp, offline] = [tflmGreedyPlan(model), offlinePlan(model)];
const file = writeModel(withOfflinePlan(model, offline));
console.log(
  `TensorFlow Lite Micro: ${atStartUp.peakBytes.toLocaleString("en-US")} B planned at start-up, ` +
    `${offline.peakBytes.toLocaleString("en-US")} B with the plan in the file ` +
    `(${file.length.toLocaleString("en-US")} bytes)`,
);
