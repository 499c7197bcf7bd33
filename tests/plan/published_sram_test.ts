// The planner against what TinyEngine's authors print: every technique, every network of their table.
import { assert, assertEquals } from "../assert.ts";
import {
  planLadder,
  planMemory,
  publishedTinyEngine,
  type TechniqueName,
  validatePlan,
  zoo,
  zooNames,
  type ZooOptions,
  zooTable,
} from "tinyloom";

const published = publishedTinyEngine.filter(({ engine }) => engine === "tinyengine");
// The authors do not say which kB they mean; this is the stricter one.
const KB = 1000;
/** Networks that need more than TinyEngine, and why. */
const above: Readonly<Record<string, string>> = {};

/** As converted from PyTorch: PAD operators where the network has them, real numbers at the edges. */
function asConverted(name: string): ZooOptions {
  const row = zooTable().toArray().find((entry) => entry.name === name)!;
  return { floatEdges: true, ...row.explicitPadding && { explicitPadding: true } };
}

Deno.test("each technique of the ladder lowers a peak or keeps it, on every network of TinyEngine's table", async (t) => {
  assertEquals(published.length, 11);
  for (const { model: name } of published) {
    await t.step(name, () => {
      const ladder = planLadder(zoo(name, asConverted(name)));
      const peaks = ladder.map(({ plan }) => plan.peakBytes);
      assertEquals(peaks, [...peaks].sort((a, b) => b - a));
      assert(peaks.at(-1)! < peaks[0]);
      const offsets = ladder.findIndex(({ technique }) => technique === "optimal-offsets");
      assert(ladder.slice(offsets).every(({ plan }) => plan.optimal));
    });
  }
});

Deno.test("with TinyEngine's own techniques no arena is larger than its published SRAM", () => {
  const own: readonly TechniqueName[] = [
    "fold-pad",
    "alias-views",
    "integer-edges",
    "optimal-offsets",
    "in-place-depthwise",
  ];
  for (const { model: name, sramKb } of published) {
    const model = zoo(name, asConverted(name));
    const { peakBytes } = planMemory(model, { techniques: own, scratch: "im2col" });
    assert(peakBytes <= sramKb! * KB, `${name}: ${peakBytes} > ${sramKb} kB`);
  }
});

Deno.test("with overlap, im2col columns or not, every arena is at or below TinyEngine's SRAM, but those listed", () => {
  const found = published.filter(({ model: name, sramKb }) => {
    const model = zoo(name, asConverted(name));
    const plans = [planMemory(model), planMemory(model, { scratch: "im2col" })];
    return plans.some(({ peakBytes }) => peakBytes > sramKb! * KB);
  });
  assertEquals(found.map(({ model }) => model), Object.keys(above));
});

Deno.test("plans of all networks as a converter leaves them hold byte by byte", async (t) => {
  for (const name of zooNames()) {
    await t.step(name, () => {
      const model = zoo(name, asConverted(name));
      assertEquals(validatePlan(planMemory(model), model), []);
    });
  }
});
