/**
 * Will it fit? Flash, peak SRAM, the operator at the peak, and the microcontrollers that hold a
 * network: as TensorFlow Lite Micro plans it, and with every technique of the planner.
 *
 * Run: deno run -R examples/will_it_fit.ts [FILE.tflite | NAME]
 *
 * NAME is a network of the zoo, by default mcunet-in3 with the operators that a converter leaves.
 */
import { type Model, readModel, zoo, zooNames } from "tinyloom/model";
import { devices, fits, planMemory, tflmGreedyPlan } from "tinyloom/plan";
import { tableFromRows, tableToText } from "tinyloom/measure";

const [source] = Deno.args;
const model = await load(source);
const [before, after] = [tflmGreedyPlan(model), planMemory(model)];
const bytes = (count: number): string => `${count.toLocaleString("en-US")} B`;

console.log(`${source ?? model.name}: ${model.operators.length} operators`);
console.log(`Flash         ${bytes(after.flashBytes)}`);
console.log(`SRAM before   ${bytes(before.peakBytes)}, at operator ${at(before.peak)}`);
console.log(`SRAM after    ${bytes(after.peakBytes)}, at operator ${at(after.peak)}`);
console.log(`              ${after.optimal ? "no plan needs less" : "perhaps not optimal"}\n`);
const verdicts = Object.values(devices).map((device) => ({
  device: device.name,
  sramBytes: device.sramBytes,
  flashBytes: device.flashBytes,
  before: fits(before, device).fits,
  after: fits(after, device).fits,
}));
console.log(tableToText(tableFromRows(verdicts)));
for (const device of Object.values(devices)) {
  const { fits: isFit, reason } = fits(after, device);
  if (!isFit) console.log(reason);
}

async function load(from?: string): Promise<Model> {
  if (from === undefined) return zoo("mcunet-in3", { explicitPadding: true, floatEdges: true });
  return zooNames().includes(from) ? zoo(from) : readModel(await Deno.readFile(from));
}

function at(peak: { readonly operator: number; readonly name: string } | null): string {
  return peak === null ? "none" : `${peak.operator} ${peak.name}`;
}
