import { checkOptions } from "../check_arguments.ts";
import type { Model } from "../model/model.ts";
import { buildModel } from "../model/zoo/build_model.ts";
import {
  type InvertedResidual,
  type InvertedResidualNet,
  invertedResidualNet,
} from "../model/zoo/inverted_residual_net.ts";
import { makeDivisible } from "../model/zoo/make_divisible.ts";
import type { SearchSpace } from "./search_space.ts";

/**
 * What is chosen for one inverted residual block.
 *
 * @category Search
 */
export interface BlockChoice {
  /** Rows and columns of the depthwise filter. */
  readonly kernel: number;
  /** Expanded channels by input channels. */
  readonly expansion: number;
}

/**
 * The blocks of every stage.
 *
 * @category Search
 */
export type Architecture = readonly (readonly BlockChoice[])[];

/** The network that an architecture stands for in a space: channels, strides, residuals. */
export function networkOf(space: SearchSpace, architecture: Architecture): InvertedResidualNet {
  const scaled = (channels: number) => makeDivisible(channels * space.width);
  const stem = scaled(space.stem);
  let channels = scaled(space.first);
  const blocks: InvertedResidual[] = [[3, 1, stem, channels, 0]];
  space.stages.forEach((stage, index) => {
    const out = scaled(stage.channels);
    architecture[index].forEach(({ kernel, expansion }, position) => {
      const stride = position === 0 ? stage.stride : 1;
      blocks.push([kernel, stride, channels * expansion, out, position === 0 ? 0 : 1]);
      channels = out;
    });
  });
  const head = space.head === null ? null : scaled(space.head);
  return { stem, blocks, head, ends: "logits" };
}

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
  checkOptions("buildNetwork", options, "seed");
  const { resolution, columns, width, inputChannels, classes } = space;
  const net = networkOf(space, decode(space, genes));
  const settings = { resolution, width, classes, seed: options.seed ?? 1 };
  return buildModel(`searched-w${width}-r${resolution}`, {
    settings: { ...settings, explicitPadding: false, floatEdges: false },
    architecture: `found in the space of Lin et al., MCUNet, NeurIPS 2020: ${genes.join(" ")}`,
    build: (graph) => invertedResidualNet(graph, net, { ...settings, columns, inputChannels }),
  });
}

/**
 * An architecture as a list of fixed length: for every stage its depth, then kernel and expansion of
 * as many blocks as it can have, 0 for those that it has not.
 *
 * @category Search
 */
export type Genes = readonly number[];

/**
 * The genes of an architecture.
 *
 * @throws {RangeError} for one that is not in the space.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decode, encode, searchSpace } from "tinyloom";
 *
 * const space = searchSpace({ depths: [1, 2] });
 * const block = { kernel: 7, expansion: 4 };
 * const architecture = space.stages.map(() => [block]);
 * const genes = encode(space, architecture);
 * assert.deepEqual(genes.slice(0, 5), [1, 7, 4, 0, 0]);
 * assert.deepEqual(decode(space, genes), architecture);
 * ```
 *
 * @category Search
 */
export function encode(space: SearchSpace, architecture: Architecture): Genes {
  const { stages } = space;
  expectOneOf("number of stages", architecture.length, [stages.length]);
  const genes = stages.flatMap(({ depths }, stage) => {
    const slots = depths[depths.length - 1];
    const blocks = architecture[stage];
    expectOneOf(`depth of stage ${stage}`, blocks.length, depths);
    const absent: BlockChoice = { kernel: 0, expansion: 0 };
    const filled = Array.from({ length: slots }, (_, slot) => blocks[slot] ?? absent);
    return [blocks.length, ...filled.flatMap(({ kernel, expansion }) => [kernel, expansion])];
  });
  decode(space, genes);
  return genes;
}

/**
 * The architecture of genes.
 *
 * @throws {RangeError} for genes of another length, or a value that the space does not offer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decode, searchSpace } from "tinyloom";
 *
 * assert.throws(() => decode(searchSpace(), [2, 3]), /2 genes, needed 48/);
 * ```
 *
 * @category Search
 */
export function decode(space: SearchSpace, genes: Genes): Architecture {
  const length = geneCount(space);
  if (genes.length !== length) throw new RangeError(`${genes.length} genes, needed ${length}`);
  let at = 0;
  return space.stages.map(({ depths }, stage) => {
    const depth = genes[at++];
    expectOneOf(`depth of stage ${stage}`, depth, depths);
    const blocks: BlockChoice[] = [];
    for (let slot = 0; slot < depths[depths.length - 1]; slot++) {
      const [kernel, expansion] = [genes[at++], genes[at++]];
      const isThere = slot < depth;
      const where = `of block ${slot} in stage ${stage}`;
      expectOneOf(`kernel ${where}`, kernel, isThere ? space.kernels : [0]);
      expectOneOf(`expansion ${where}`, expansion, isThere ? space.expansions : [0]);
      if (isThere) blocks.push({ kernel, expansion });
    }
    return blocks;
  });
}

function geneCount({ stages }: SearchSpace): number {
  return stages.reduce((sum, { depths }) => sum + 1 + 2 * depths[depths.length - 1], 0);
}

function expectOneOf(what: string, value: number, known: readonly number[]): void {
  if (known.includes(value)) return;
  throw new RangeError(`${what} is ${value}, needed one of ${known.join(", ")}`);
}
