/**
 * Rolling rows: operators that run together, row by row, need a few rows of each tensor and not all of
 * it. What that saves, which rows are in memory at a moment, and a run that proves it.
 *
 * Run: deno run examples/rolling_rows.ts [NAME]
 *
 * NAME is a network of the zoo; default mcunet-vww1.
 */
import { zoo } from "tinyloom/model";
import { planMemory, segmentMoments } from "tinyloom/plan";
import { createEngine, randomFrame, run } from "tinyloom/engine";
import { tableFromRows, tableToText } from "tinyloom/measure";
import { frontierTable } from "tinyloom/chart";

const [name = "mcunet-vww1"] = Deno.args;
const model = zoo(name);
const layers = planMemory(model);
const rolling = planMemory(model, { fusion: "rolling" });
const bytes = (count: number) => `${count.toLocaleString("en-US")} B`;

console.log(`${name}: ${bytes(layers.peakBytes)} layer by layer, rolling:\n`);
const columns = ["peakBytes", "macFactor", "optimal", "kernelCalls", "segments"];
console.log(tableToText(frontierTable([rolling]), { columns }));

if (rolling.segments.length > 0) {
  const { after, of, held } = segmentMoments(rolling, model)[3];
  console.log(`The arena in its first segment, after ${after} of ${of} calls:\n`);
  console.log(tableToText(tableFromRows(held.map(({ low, high, tensor, rows, isNeeded }) => ({
    fromByte: low,
    untilByte: high,
    tensor: model.tensors[tensor].name,
    rows: `${rows[0]}-${rows[1] - 1}`,
    isNeeded,
  })))));
}

// Checked: every byte carries its owner, and a read of a byte that another tensor has overwritten
// ends the run.
using whole = createEngine(model, { plan: layers });
using checked = createEngine(model, { plan: rolling, checked: true });
const frame = randomFrame(model);
const isSame = run(checked, frame).join() === run(whole, frame).join();
console.log(`The same bytes as layer by layer, every access checked: ${isSame}`);
