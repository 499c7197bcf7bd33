// Figures and bounds from an architecture's numbers alone, against the model and the planner.
import fc from "fast-check";
import {
  buildNetwork,
  flashBytes,
  macs,
  parameterCount,
  planMemory,
  randomStream,
  sample,
  searchSpace,
} from "tinyloom";
import { mcunets } from "../../lib/model/zoo/mcunet.ts";
import { decode, networkOf } from "../../lib/tinynas/architecture.ts";
import {
  memoryBounds,
  type MemoryModelName,
  planOptionsOf,
} from "../../lib/tinynas/memory_bounds.ts";
import { networkCost, networkLayers } from "../../lib/tinynas/network_cost.ts";
import { assert, assertEquals } from "../assert.ts";

const networks = fc.record({
  resolution: fc.integer({ min: 3, max: 14 }).map((n) => 16 * n),
  // Square, or higher or wider than that.
  aspect: fc.constantFrom(1, 1, 0.4, 1.7),
  width: fc.integer({ min: 2, max: 6 }).map((n) => n / 10),
  inputChannels: fc.constantFrom(1, 3),
  classes: fc.constantFrom(2, 10, 1000),
  expansions: fc.constantFrom([3, 4, 6], [1, 3, 4, 6], [1]),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
}).map(({ seed, aspect, ...options }) => {
  const columns = Math.round(aspect * options.resolution);
  const space = searchSpace({ ...options, columns, depths: [1, 2, 3] });
  const genes = sample(space, randomStream(seed, 0));
  return { space, genes };
});
const run = { seed: 7, numRuns: 40 };

function layersOf({ space, genes }: Parameters<typeof buildNetwork>[0]) {
  return networkLayers(networkOf(space, decode(space, genes)), space);
}

Deno.test("MACs, parameters and Flash are those of the model", () => {
  fc.assert(
    fc.property(networks, (network) => {
      const model = buildNetwork(network);
      const flash = flashBytes(model);
      assertEquals(networkCost(layersOf(network)), {
        macs: macs(model),
        params: parameterCount(model),
        flashBytes: Object.values(flash).reduce((a, b) => a + b),
      });
    }),
    run,
  );
});

for (const memory of ["layers", "in-place", "overlap", "rolling"] satisfies MemoryModelName[]) {
  Deno.test(`the planner's peak lies within the bounds: ${memory}`, () => {
    const bounds = memoryBounds(memory);
    fc.assert(
      fc.property(networks, (network) => {
        const { lowerBytes, upperBytes } = bounds(layersOf(network));
        const { peakBytes } = planMemory(buildNetwork(network), planOptionsOf(memory));
        assert(lowerBytes <= peakBytes, `${lowerBytes} > ${peakBytes}`);
        assert(peakBytes <= upperBytes, `${peakBytes} > ${upperBytes}`);
      }),
      { ...run, numRuns: memory === "rolling" ? 25 : 40 },
    );
  });
}

Deno.test("the paper's accounting gives the activation sizes that its authors printed, in KiB", () => {
  const bounds = memoryBounds("layers");
  const printed = [["mcunet-in2", 160, 325], ["mcunet-in3", 176, 333], ["mcunet-in4", 160, 413]];
  for (const [name, resolution, kib] of printed as [keyof typeof mcunets, number, number][]) {
    const layers = networkLayers(mcunets[name], { resolution, inputChannels: 3, classes: 1000 });
    assertEquals(Math.round(bounds(layers).upperBytes / 1024), kib, name);
  }
});
