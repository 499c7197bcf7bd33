import { checkOptions } from "../../check_arguments.ts";
import type { LabelledData } from "../data/labelled_data.ts";
import { quantizeNetwork, type RangedNetwork } from "./deploy_subnetwork.ts";
import { activeLayers } from "./elastic_layers.ts";
import { activationScales, identityStatistics } from "./fake_quantization.ts";
import { foldedLayers, type Subnetwork, subnetwork, weightRows } from "./subnetwork.ts";
import { inputShape, type SupernetGenes, type SupernetSpace } from "./supernet_space.ts";
import type { SupernetWeights, TrainedSupernet } from "./trained_supernet.ts";
import { trainNetworks, type TrainSupernetOptions } from "./train_supernet.ts";
import { floatsAt } from "./training_memory.ts";
import { recipeNames } from "./training_recipe.ts";
import { createWorkspace, setParameters } from "./workspace.ts";

/**
 * Options of `tuneQuantized`: as `trainSupernet` takes them, with a `rate` of 0.01 and 1,000 `steps` if
 * left out.
 *
 * @category Super-networks
 */
export interface TuneQuantizedOptions extends
  Omit<
    TrainSupernetOptions,
    "space" | "from" | "only" | "among" | "sets" | "largestShare" | "together"
  > {
  /** The network that is tuned. */
  readonly genes: SupernetGenes;
  /** Images for the statistics of batch normalization and for the ranges of int8, in its resolution. */
  readonly calibration: LabelledData;
  /** What to learn, in its resolution; `wakeWordImages` of the seed if left out. */
  readonly set?: LabelledData;
}

/**
 * A network tuned for int8.
 *
 * @category Super-networks
 */
export interface TunedNetwork extends RangedNetwork {
  /** The training; to be gone on with as `resume`. */
  readonly training: TrainedSupernet;
}

/**
 * Trains a network on as int8 will compute it (Jacob et al., CVPR 2018, section 3.2). Batch
 * normalizations are folded into weights and biases first; then weights and results are rounded to
 * int8 in every pass, weights of convolutions per channel, results with the ranges that the network
 * had on `calibration` before. The gradient passes straight through the rounding.
 *
 * @throws {RangeError} for genes that are not of the space, images of another resolution, or a number out
 *   of range.
 * @throws {TypeError} if the training to resume is another one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import {
 *   quantizeNetwork,
 *   smallestGenes,
 *   trainSupernet,
 *   tuneQuantized,
 *   wakeWordImages,
 * } from "tinyloom";
 *
 * const trained = await trainSupernet({ images: 16, steps: 1, batch: 8 });
 * const calibration = wakeWordImages({ seed: 2, count: 8, resolution: 32 });
 * const genes = smallestGenes(trained.space);
 * const options = { genes, calibration, images: 16, steps: 2, batch: 8 };
 * const { network, ranges } = await tuneQuantized(trained, options);
 * const { tensors, inputs } = quantizeNetwork(network, calibration, { ranges });
 * assert.equal(tensors[inputs[0]].dtype, "int8");
 * ```
 *
 * @category Super-networks
 */
export async function tuneQuantized(
  trained: SupernetWeights,
  options: TuneQuantizedOptions,
): Promise<TunedNetwork> {
  checkOptions(
    "tuneQuantized",
    options,
    "genes calibration set seed images steps workers native resume onProgress onState signal",
    recipeNames,
  );
  const { genes, calibration, set, ...rest } = options;
  const network = subnetwork(trained, { genes, calibration });
  const activations = activationScales(quantizeNetwork(network, calibration));
  const space = spaceOf(trained.space, genes);
  const training = await trainNetworks({
    rate: 0.01,
    steps: 1000,
    ...rest,
    space,
    only: genes,
    from: { space, parameters: foldedParameters(trained, { genes, network }) },
    ...(set !== undefined && { sets: [set] }),
  }, activations);
  const workspace = createWorkspace(space, 1);
  setParameters(workspace, training.parameters);
  const active = activeLayers(space, genes);
  return {
    network: { ...network, ...foldedLayers(workspace, active, identityStatistics(active)) },
    ranges: Object.fromEntries(
      Object.entries(activations).map(([name, { range }]) => [name, range]),
    ),
    training,
  };
}

/** The super-network's parameters with a folded network in the place of its own. */
function foldedParameters(
  { space, parameters }: SupernetWeights,
  { genes, network }: { readonly genes: SupernetGenes; readonly network: Subnetwork },
): Float32Array<ArrayBuffer> {
  const workspace = createWorkspace(space, 1);
  setParameters(workspace, parameters);
  const { memory, layers, parameterCount } = workspace;
  activeLayers(space, genes).forEach((layer, i) => {
    const place = layers[layer.index];
    const { channels, kind } = layer;
    const { weights, bias } = network.layers[i];
    const rows = weightRows(layer, place);
    rows.forEach((row, tap) => {
      for (let c = 0; c < channels; c++) {
        const from = kind === "depthwise" ? tap * channels + c : c * rows.length + tap;
        memory.floats[place.weights / 4 + row + c] = weights[from];
      }
    });
    floatsAt(memory, place.gamma, channels).fill(1);
    floatsAt(memory, place.beta, channels).set(bias);
  });
  return floatsAt(memory, workspace.parameters, parameterCount).slice();
}

/** A space with the resolution of a network alone: its parameters are the same. */
function spaceOf(space: SupernetSpace, { resolution }: SupernetGenes): SupernetSpace {
  const { height, width } = inputShape(space, resolution);
  const { columns: _, ...rest } = space;
  return { ...rest, resolutions: [height], ...(width !== height && { columns: [width] }) };
}
