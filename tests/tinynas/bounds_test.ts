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

Deno.test("bounds of networks drawn for a seed are those that they were", () => {
  const found = (["layers", "in-place", "overlap", "rolling"] as const).map((memory) => {
    const bounds = memoryBounds(memory);
    return fc.sample(networks, { seed: 9, numRuns: 12 }).map((network) => {
      const { lowerBytes, upperBytes } = bounds(layersOf(network));
      return `${lowerBytes}-${upperBytes}`;
    }).join(" ");
  });
  assertEquals(found, [
    "125952-125952 119808-119808 432640-432640 562432-562432 8320-8320 199680-199680 223232-223232 " +
    "73728-73728 1105728-1105728 409600-409600 648960-648960 61440-61440",
    "125952-125952 92160-92160 432640-432640 346112-346112 8320-8320 149760-149760 223232-223232 " +
    "73728-73728 1030848-1030848 409600-409600 605696-605696 57344-57344",
    "94464-125952 64512-92160 346112-432640 302848-346112 4992-8320 119808-149760 167424-223232 " +
    "55296-73728 883584-1030848 307200-409600 519168-605696 49152-57344",
    "46944-53015 9216-19200 43264-71136 129792-137488 4992-5122 14784-25433 83712-91778 " +
    "27648-31200 73632-118322 76800-99840 43264-89232 12288-13696",
  ]);
});
