import { assert, assertEquals } from "../assert.ts";
import { type Model, planMemory, windowExtent } from "tinyloom";
import { CONV, Graph } from "../model/models.ts";
import { chainLayers, leastChainBytes } from "./brute_force_rolling.ts";
import { type Draw, drawer } from "./random_graph.ts";

/** Convolutions one after the other, and the rows of padding above each. */
function randomChain(draw: Draw): { readonly model: Model; readonly before: number[] } {
  const graph = new Graph();
  let [height, width, channels] = [4 + draw(7), 1 + draw(4), 1 + draw(4)];
  const input = graph.tensor([1, height, width, channels]);
  let last = input;
  const before: number[] = [];
  for (let i = 2 + draw(4); i > 0; i--) {
    const taps = Math.min(height, [1, 2, 3, 5][draw(4)]);
    const padding = draw(3) > 0 ? "SAME" : "VALID";
    // No row is left out, between windows or at the end: there the planner computes more than it must.
    const stride = padding === "VALID" || taps === 1 ? 1 : 1 + draw(2);
    const filters = 1 + draw(8);
    const rows = windowExtent({ input: height, filter: taps, stride, padding });
    // The columns stay as they are.
    const filter = graph.constant([filters, taps, 1, channels]);
    [height, channels] = [rows.output, filters];
    before.push(rows.before);
    last = graph.add("CONV_2D", {
      inputs: [last, filter, -1],
      output: [1, height, width, channels],
      attributes: { ...CONV, strideH: stride, padding },
    });
  }
  return { model: graph.model([input], [last]), before };
}

Deno.test("on tiny chains no way to cut them into rolling segments needs less than the plan", () => {
  let fused = 0;
  for (let seed = 0; seed < 250; seed++) {
    const { model, before } = randomChain(drawer(seed));
    const plan = planMemory(model, { fusion: "rolling" });
    const least = leastChainBytes(model, chainLayers(model, before));
    assertEquals([seed, plan.lowerBoundBytes], [seed, least]);
    assert(plan.peakBytes === least || !plan.optimal);
    if (plan.segments.length > 0) fused++;
  }
  assert(fused > 80, `${fused} with segments`);
});
