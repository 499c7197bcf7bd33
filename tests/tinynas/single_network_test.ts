// A sub-network with parameters of its own computes what it computes among those of all.
import { assertEquals } from "@std/assert";
import { trainSupernet, wakeWordImages } from "tinyloom";
import { evaluateSubnetwork, openSupernet } from "../../lib/tinynas/supernet/evaluate.ts";
import { activeLayers } from "../../lib/tinynas/supernet/elastic_layers.ts";
import { forward } from "../../lib/tinynas/supernet/passes.ts";
import { singleNetwork } from "../../lib/tinynas/supernet/single_network.ts";
import { loadPatches } from "../../lib/tinynas/supernet/workspace.ts";
import type { SupernetGenes, SupernetSpace } from "../../lib/tinynas/supernet/supernet_space.ts";

const SPACE: SupernetSpace = {
  resolutions: [16, 24],
  stem: 8,
  first: 8,
  stages: [
    { channels: 8, stride: 2, depths: [1, 2] },
    { channels: 12, stride: 2, depths: [1, 3] },
  ],
  kernels: [3, 5, 7],
  expansions: [1, 3, 6],
  head: 16,
  classes: 2,
};

/** Middle filters and expansions; depth 1 of 2, where the second block would be the widest. */
const GENES: SupernetGenes = {
  resolution: 16,
  depths: [1, 3],
  kernels: [[5, 7], [3, 3, 5]],
  expansions: [[3, 6], [1, 3, 3]],
};

const images = wakeWordImages({ seed: 3, count: 8, resolution: 16 });

Deno.test("a network alone gives the logits that it gives with the super-network's weights", async () => {
  const trained = await trainSupernet({ space: SPACE, images: 32, steps: 10, batch: 8 });
  const single = singleNetwork(SPACE, GENES);
  assertEquals(single.space.kernels, [3, 5]);
  assertEquals(single.space.expansions, [1, 3]);
  const own = single.own(trained.parameters);
  const [whole, alone] = [
    trained,
    { space: single.space, parameters: own },
  ].map((weights) => {
    const workspace = openSupernet(weights, 8);
    loadPatches(workspace, { images, indices: [0, 1, 2, 3, 4, 5, 6, 7] });
    return forward(workspace, { layers: activeLayers(weights.space, GENES), batch: 8 }).logits;
  });
  assertEquals(alone, whole);
});

Deno.test("parameters put back leave those of others as they were", async () => {
  const trained = await trainSupernet({ space: SPACE, images: 32, steps: 4, batch: 8 });
  const single = singleNetwork(SPACE, GENES);
  const own = single.own(trained.parameters);
  assertEquals(single.within(trained.parameters, own), trained.parameters);
  const marked = single.within(new Float32Array(trained.parameters.length), own.map(() => 1));
  // Zeros of the stem's taps that no image has are nobody's.
  const taken = marked.reduce((sum, value) => sum + value, 0);
  assertEquals(taken, own.length - 3 * SPACE.stem);
  assertEquals(single.own(marked).filter((value) => value === 0).length, 3 * SPACE.stem);
});

Deno.test("what a single network learnt, its place in the super-network holds", async () => {
  const options = { space: SPACE, images: 32, batch: 8, steps: 6 };
  const learnt = await trainSupernet({ ...options, only: GENES, seed: 5 });
  const single = singleNetwork(SPACE, GENES);
  const alone = { space: single.space, parameters: single.own(learnt.parameters) };
  const sets = { calibration: images, images };
  assertEquals(
    evaluateSubnetwork(openSupernet(learnt, 8), GENES, sets),
    evaluateSubnetwork(openSupernet(alone, 8), GENES, sets),
  );
  assertEquals(learnt.velocities.length, learnt.parameters.length);
  assertEquals(single.own(learnt.velocities).some((value) => value !== 0), true);
});
