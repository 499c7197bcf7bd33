// The space: genes, sizes, sampling; and that the published networks are in it.
import fc from "fast-check";
import {
  decode,
  encode,
  randomStream,
  sample,
  searchSpace,
  searchSpaces,
  spaceSize,
} from "tinyloom";
import type { InvertedResidualNet } from "../../lib/model/zoo/inverted_residual_net.ts";
import { mcunets } from "../../lib/model/zoo/mcunet.ts";
import { networkOf } from "../../lib/tinynas/architecture.ts";
import { cross, mutate } from "../../lib/tinynas/vary.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

/** Stages begin where the output channels change or a stride stands. */
function architectureOf({ stem, blocks }: InvertedResidualNet) {
  const stages: { kernel: number; expansion: number }[][] = [];
  let channels = blocks[0][3];
  assert(blocks[0][2] === stem);
  for (const [kernel, , expanded, out, residual] of blocks.slice(1)) {
    if (residual === 0) stages.push([]);
    stages.at(-1)!.push({ kernel, expansion: expanded / channels });
    channels = out;
  }
  return stages;
}

Deno.test("the networks that MCUNet's authors released are in the space, block by block", () => {
  const widths = {
    "mcunet-in0": 0.6,
    "mcunet-in1": 0.5,
    "mcunet-in2": 0.5,
    "mcunet-in3": 0.5,
    "mcunet-in4": 1,
    "mcunet-vww0": 0.5,
    "mcunet-vww1": 0.5,
    "mcunet-vww2": 0.5,
  } as const;
  for (const [name, width] of Object.entries(widths)) {
    const space = searchSpace({ width, expansions: [3, 4, 5, 6], depths: [1, 2, 3, 4] });
    const net = mcunets[name as keyof typeof widths];
    const architecture = architectureOf(net);
    assertEquals(architecture.length, space.stages.length, name);
    const genes = encode(space, architecture);
    const { stem, blocks, head, ends } = networkOf(space, decode(space, genes));
    assertEquals({ stem, blocks, head, ends }, net as unknown as typeof net, name);
  }
});

Deno.test("genes and architectures are two forms of the same, also for children", () => {
  const space = searchSpace();
  const seeds = fc.integer({ min: 1, max: 1_000_000 });
  fc.assert(
    fc.property(seeds, (seed) => {
      const random = randomStream(seed, 0);
      const parents = [sample(space, random), sample(space, random)] as const;
      for (
        const genes of [
          ...parents,
          mutate(space, parents[0], { rate: 0.3, random }),
          cross(space, parents, random),
        ]
      ) {
        assertEquals(encode(space, decode(space, genes)), genes);
      }
      assertEquals(mutate(space, parents[0], { rate: 0, random }), parents[0]);
      assertEquals(cross(space, [parents[0], parents[0]], random), parents[0]);
    }),
    { seed: 3, numRuns: 100 },
  );
});

Deno.test("the size counts every architecture once", () => {
  const space = searchSpace({ kernels: [3, 5], expansions: [6], depths: [1, 2] });
  const small = { ...space, stages: space.stages.slice(-2) };
  // The last stage but one has 2 + 4 choices, the last one 2.
  assertEquals(spaceSize(small), 12);
  const random = randomStream(5, 0);
  const found = new Set(Array.from({ length: 400 }, () => String(sample(small, random))));
  assertEquals(found.size, 12);
});

Deno.test("the grid is the paper's: 9 widths from 0.2 to 1.0, 12 resolutions from 48 to 224", () => {
  const spaces = searchSpaces();
  assertEquals(new Set(spaces.map(({ width }) => width)).size, 9);
  assertEquals(new Set(spaces.map(({ resolution }) => resolution)).size, 12);
  assertEquals([spaces[0].resolution, spaces[0].width], [48, 0.2]);
  assertEquals([spaces[107].resolution, spaces[107].width], [224, 1]);
});

Deno.test("options and genes out of range are refused with the value and what is needed", () => {
  assertThrows(() => searchSpace({ resolution: 15 }), RangeError, "resolution is 15");
  assertThrows(() => searchSpace({ width: 0 }), RangeError, "width is 0");
  assertThrows(() => searchSpace({ kernels: [4] }), RangeError, "kernels has 4, needed odd");
  assertThrows(() => searchSpace({ expansions: [] }), RangeError, "expansions is empty");
  const space = searchSpace();
  const genes = sample(space, randomStream(1, 0));
  assertThrows(() => decode(space, genes.with(1, 4)), RangeError, "kernel of block 0 in stage 0");
  assertThrows(() => decode(space, genes.with(0, 9)), RangeError, "depth of stage 0 is 9");
});
