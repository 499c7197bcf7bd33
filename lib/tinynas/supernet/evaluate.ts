import { throwIfStopped } from "../../host.ts";
import type { Variation } from "../data/augment.ts";
import type { LabelledData } from "../data/labelled_data.ts";
import type { ChannelStatistics } from "./batch_norm.ts";
import { softmaxCrossEntropy } from "./dense_layers.ts";
import { type ActiveLayer, activeLayers } from "./elastic_layers.ts";
import { forward } from "./passes.ts";
import type { SupernetGenes, SupernetSpace } from "./supernet_space.ts";
import type { SupernetWeights } from "./trained_supernet.ts";
import { createWorkspace, loadPatches, setParameters, type Workspace } from "./workspace.ts";

/** A trained super-network in a memory of its own, whose sub-networks can be evaluated. */
export function openSupernet(trained: SupernetWeights, batch: number): Workspace {
  const workspace = createWorkspace(trained.space, batch);
  setParameters(workspace, trained.parameters);
  return workspace;
}

/**
 * Means and variances of a sub-network's batch normalizations over images of its resolution: those
 * that the weights had in training belong to no sub-network in particular (Cai et al., Once-for-All,
 * section 3.2). Averages over batches.
 */
export function calibrateStatistics(
  workspace: Workspace,
  layers: readonly ActiveLayer[],
  images: LabelledData,
): readonly ChannelStatistics[] {
  const sums = layers.map(({ channels }) => ({
    mean: new Float32Array(channels),
    variance: new Float32Array(channels),
  }));
  const count = images.labels.length;
  for (const indices of batchesOf(count, workspace.batch)) {
    throwIfStopped();
    loadPatches(workspace, { images, indices });
    const { statistics } = forward(workspace, { layers, batch: indices.length });
    const share = indices.length / count;
    statistics.forEach(({ mean, variance }, layer) => {
      mean.forEach((value, c) => sums[layer].mean[c] += share * value);
      variance.forEach((value, c) => sums[layer].variance[c] += share * value);
    });
  }
  return sums;
}

/** What `evaluateSubnetwork` needs beside the weights. */
export interface EvaluationImages {
  /** Images for the statistics of batch normalization, in the resolution of the genes. */
  readonly calibration: LabelledData;
  /** Images that are classed; held out from training. */
  readonly images: LabelledData;
}

/**
 * Share of images that a sub-network with inherited weights classes right.
 *
 * @throws {RangeError} for genes that are not of the space.
 */
export function evaluateSubnetwork(
  workspace: Workspace,
  genes: SupernetGenes,
  { calibration, images }: EvaluationImages,
): number {
  const logits = answerImages(workspace, genes, { calibration, images });
  return softmaxCrossEntropy(logits, images.labels).correct / images.labels.length;
}

/** What a sub-network says of each image, perhaps turned left to right: logits, `[count][classes]`. */
export function answerImages(
  workspace: Workspace,
  genes: SupernetGenes,
  { calibration, images, variation }: EvaluationImages & { readonly variation?: Variation },
): Float32Array {
  const layers = activeLayers(workspace.space, genes);
  const statistics = calibrateStatistics(workspace, layers, calibration);
  const { classes } = workspace.space;
  const answers = new Float32Array(images.labels.length * classes);
  for (const indices of batchesOf(images.labels.length, workspace.batch)) {
    throwIfStopped();
    const variations = variation && indices.map(() => variation);
    loadPatches(workspace, { images, indices, variations });
    const { logits } = forward(workspace, { layers, batch: indices.length }, statistics);
    answers.set(logits, indices[0] * classes);
  }
  return answers;
}

/** One network of a super-network, for whoever does not share its memory. */
export interface AccuracyTask extends EvaluationImages {
  readonly kind: "accuracy";
  readonly space: SupernetSpace;
  readonly parameters: Float32Array;
  /** Images of one pass: the statistics of batch normalization depend on it. */
  readonly batch: number;
  readonly genes: SupernetGenes;
}

/** By its parameters: tasks of one super-network share one. */
const opened = new WeakMap<Float32Array, Workspace>();

/** Share of images that the network of a task classes right. */
export function accuracyOf({ space, parameters, batch, genes, ...sets }: AccuracyTask): number {
  let workspace = opened.get(parameters);
  if (workspace === undefined) {
    workspace = createWorkspace(space, batch);
    setParameters(workspace, parameters);
    opened.set(parameters, workspace);
  }
  return evaluateSubnetwork(workspace, genes, sets);
}

function batchesOf(count: number, batch: number): number[][] {
  return Array.from(
    { length: Math.ceil(count / batch) },
    (_, i) =>
      Array.from({ length: Math.min(batch, count - i * batch) }, (_, image) => i * batch + image),
  );
}
