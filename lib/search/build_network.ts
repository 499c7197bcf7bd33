import type { Model } from "../model/model.ts";
import { buildModel } from "../model/zoo/build_model.ts";
import { invertedResidualNet } from "../model/zoo/inverted_residual_net.ts";
import { networkOf } from "./architecture.ts";
import { decode, type Genes } from "./genes.ts";
import type { SearchSpace } from "./search_space.ts";

/**
 * The int8 model of genes, with seeded random weights.
 *
 * @param options `seed` determines every weight; 1 when absent.
 * @throws {RangeError} for genes that are not in the space.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { buildNetwork, macs, randomStream, sample, searchSpace } from "tinyloom";
 *
 * const space = searchSpace({ resolution: 48, width: 0.2, classes: 2 });
 * const genes = sample(space, randomStream(1, 0));
 * assert.ok(macs(buildNetwork({ space, genes })) > 1e6);
 * ```
 *
 * @category Search
 */
export function buildNetwork(
  { space, genes }: { readonly space: SearchSpace; readonly genes: Genes },
  options: { readonly seed?: number } = {},
): Model {
  const { resolution, width, inputChannels, classes } = space;
  const net = networkOf(space, decode(space, genes));
  const settings = { resolution, width, classes, seed: options.seed ?? 1 };
  return buildModel(`searched-w${width}-r${resolution}`, {
    settings: { ...settings, explicitPadding: false, floatEdges: false },
    architecture: `found in the space of Lin et al., MCUNet, NeurIPS 2020: ${genes.join(" ")}`,
    build: (graph) => invertedResidualNet(graph, net, { ...settings, inputChannels }),
  });
}
