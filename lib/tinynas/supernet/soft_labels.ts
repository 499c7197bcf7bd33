import { checkOptions } from "../../check_arguments.ts";
import { checkData, checkShape, type LabelledData, someExamples } from "../data/labelled_data.ts";
import { resizeData } from "../data/resize_data.ts";
import { softmaxRows } from "./dense_layers.ts";
import { checkGenes, inputShape, largestGenes, type SupernetGenes } from "./supernet_space.ts";
import { openTeam, sharedFloats, sharedImages } from "./team.ts";
import type { SupernetWeights } from "./trained_supernet.ts";

/**
 * Options of `softLabels`.
 *
 * @category Data
 */
export interface SoftLabelsOptions {
  /** The network that is asked, one of a super-network with these weights. */
  readonly teacher: SupernetWeights;
  /** Which of its sub-networks; the largest when absent. */
  readonly genes?: SupernetGenes;
  /** Examples for the statistics of its batch normalizations; some of the data when absent. */
  readonly calibration?: LabelledData;
  /** How much of a soft label the teacher says, the rest is the label itself; 1 when absent. */
  readonly share?: number;
  /**
   * What logits are divided by before the softmax: the higher, the more is said of the classes that an
   * example is not; 1 when absent.
   */
  readonly temperature?: number;
  /** Threads, of which 2 find work; 1 when absent. Results do not depend on them. */
  readonly workers?: number;
  /** Kernels as native code, see `trainSupernet`; false when absent. */
  readonly native?: boolean;
  /** Stops when it is aborted. */
  readonly signal?: AbortSignal;
}

/**
 * The data with soft labels by a network that knows better, which `trainSupernet` and whatever uses it
 * then learn instead of the labels (Hinton, Vinyals and Dean, "Distilling the knowledge in a neural
 * network", 2015). Each example is asked twice, as it is and turned left to right, once for all
 * trainings; other augmentations do not change what is said of it.
 *
 * @param data Of any size: it is resized to what the teacher reads.
 * @throws {RangeError} for a share or temperature out of range, genes that are not of the teacher's space,
 *   or data of other channels or classes than it has.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { resNetSpace, softLabels, supernetSpace, trainSupernet, wakeWordImages } from "tinyloom";
 *
 * const data = wakeWordImages({ seed: 1, count: 8, resolution: 32 });
 * const space = supernetSpace(resNetSpace({ width: 0.5 }), { resolutions: [32] });
 * const teacher = await trainSupernet({ space, sets: [data], steps: 1, batch: 8 });
 * const { soft } = await softLabels(data, { teacher });
 * assert.equal(soft?.plain.length, 8 * 2);
 * ```
 *
 * @category Data
 */
export async function softLabels(
  data: LabelledData,
  options: SoftLabelsOptions,
): Promise<LabelledData> {
  const names = "teacher genes calibration share temperature workers native signal";
  checkOptions("softLabels", options, names);
  const { teacher: { space, parameters }, share = 1, temperature = 1, signal } = options;
  const { genes = largestGenes(space) } = options;
  if (!(share >= 0 && share <= 1)) throw new RangeError(`share is ${share}, needed 0 to 1`);
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    throw new RangeError(`temperature is ${temperature}, needed a number above 0`);
  }
  checkData(data);
  checkGenes(space, genes);
  const { height, width, channels } = inputShape(space, genes.resolution);
  const sets = [options.calibration ?? someExamples(data, STATISTICS), data].map((each) => {
    const resized = resizeData(each, { height, width });
    checkShape(resized, { height, width, channels });
    return sharedImages(resized);
  });
  const classes = data.classes.length;
  if (classes !== space.classes) {
    throw new RangeError(`data of ${classes} classes, needed ${space.classes} as the teacher has`);
  }
  const shared = sharedFloats(parameters.length);
  shared.set(parameters);
  using team = await openTeam({ space, batch: BATCH, parameters: shared, sets }, options);
  const tasks = [false, true].map((mirrored) => (
    { kind: "answer", genes, calibration: 0, images: 1, mirrored } as const
  ));
  const logits = await team.run<"answer">(tasks, signal && { signal });
  const [plain, mirrored] = logits.map((each) => {
    const said = softmaxRows(each.map((logit) => logit / temperature), classes);
    return Float32Array.from(said, (value, at) => {
      const isLabel = data.labels[Math.floor(at / classes)] === at % classes;
      return share * value + (isLabel ? 1 - share : 0);
    });
  });
  return { ...data, soft: { plain, mirrored } };
}

const BATCH = 32;
const STATISTICS = 2000;
