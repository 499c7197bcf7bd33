import { checkOptions } from "../../check_arguments.ts";
import type { Model } from "../model.ts";
import { buildModel, zooEntry } from "./build_model.ts";
import {
  type InvertedResidual,
  type InvertedResidualNet,
  invertedResidualNet,
} from "./inverted_residual_net.ts";
import type { ZooOptions } from "./zoo_options.ts";

/**
 * Options of {@link redistribute}.
 *
 * @category Zoo
 */
export interface RedistributeOptions extends ZooOptions {
  /**
   * What moves from the patch stage to the later stages: `kernel` (default), sizes of depthwise
   * filters; `depth`, whole blocks with a residual.
   */
  readonly move?: "kernel" | "depth";
  /** The patch stage ends with the block that brings the product of strides to this; 8 when absent. */
  readonly stageStride?: number;
}

/**
 * A network, and where its patch stage ends.
 *
 * @category Zoo
 */
export interface StagedNetwork {
  /** The model. */
  readonly model: Model;
  /** Tensor that the patch stage ends with. */
  readonly stageOutput: number;
  /** Input rows (and columns) that one pixel of the stage's output sees. */
  readonly stageField: number;
  /** Those that one pixel of the last image sees. */
  readonly field: number;
}

/**
 * A network as published, and with its receptive field redistributed.
 *
 * @category Zoo
 */
export interface Redistribution {
  /** As published. */
  readonly before: StagedNetwork;
  /** With a smaller receptive field in the patch stage and a larger one later. */
  readonly after: StagedNetwork;
}

const STEM: Pick<BlockField, "kernel" | "stride"> = { kernel: 3, stride: 2 };
const LARGEST_KERNEL = 7;

interface BlockField {
  readonly kernel: number;
  readonly stride: number;
}

/**
 * Receptive field redistribution (Lin et al., MCUNetV2, NeurIPS 2021) as a what-if: the
 * halos of patches grow with the receptive field of the patch stage, so that is made small and the
 * later stages make up for it. Nothing is trained here; accuracy is not known.
 *
 * - `kernel`: in the stage, depthwise filters of stride 1 become 1x1 and larger ones of other strides
 *   3x3; after it, filters grow to up to 7x7, the earliest first, until the network sees as much as
 *   before (or all have grown).
 * - `depth`: residual blocks of the stage go; as many copies of the first residual block after it
 *   come in its place.
 *
 * @param name A network of inverted residual blocks: MobileNetV2, ProxylessNAS, MCUNet.
 * @throws {RangeError} for another network, an option out of range, or a stride that no block reaches.
 * @throws {TypeError} for an option that the network does not take.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { redistribute } from "tinyloom";
 *
 * const { before, after } = redistribute("mobilenet_v2");
 * assert.deepEqual([before.stageField, after.stageField], [27, 15]);
 * assert.ok(after.field >= before.field);
 * ```
 *
 * @category Zoo
 */
export function redistribute(name: string, options: RedistributeOptions = {}): Redistribution {
  checkOptions(
    "redistribute",
    options,
    "move stageStride width resolution classes explicitPadding floatEdges seed",
  );
  const { move = "kernel", stageStride = 8, ...rest } = options;
  if (move !== "kernel" && move !== "depth") {
    throw new RangeError(`move "${move}", needed kernel or depth`);
  }
  const { entry, settings } = zooEntry(name, rest);
  if (entry.net === null) {
    throw new RangeError(`"${name}" is not made of inverted residual blocks`);
  }
  const net = entry.net(settings);
  const end = stageEnd(net, stageStride);
  const changed = move === "kernel" ? moveKernels(net, end) : moveBlocks(net, end);
  const staged = (title: string, each: InvertedResidualNet, blocks: number): StagedNetwork => {
    const { architecture } = entry;
    const build = (graph: Parameters<typeof invertedResidualNet>[0]) =>
      invertedResidualNet(graph, each, settings);
    const model = buildModel(title, { settings, architecture, build });
    const last = model.tensors.findLastIndex(({ name }) =>
      name === `block${blocks - 1}/add` || name === `block${blocks - 1}/project`
    );
    return {
      model,
      stageOutput: last,
      stageField: receptiveField(each.blocks.slice(0, blocks)),
      field: receptiveField(each.blocks),
    };
  };
  return {
    before: staged(name, net, end),
    after: staged(`${name}-redistributed`, changed.net, changed.end),
  };
}

/** Blocks of the patch stage. */
function stageEnd({ blocks }: InvertedResidualNet, stageStride: number): number {
  let product = STEM.stride;
  for (const [index, [, stride]] of blocks.entries()) {
    product *= stride;
    if (product >= stageStride && index + 1 < blocks.length) return index + 1;
  }
  throw new RangeError(
    `stageStride ${stageStride}, needed one that a block before the last reaches`,
  );
}

/** Input rows that one output row sees: 1 + sum of (kernel - 1) times the strides before. */
function receptiveField(blocks: readonly InvertedResidual[]): number {
  let field = 1;
  let stride = 1;
  const layers = [STEM, ...blocks.map(([kernel, step]) => ({ kernel, stride: step }))];
  for (const layer of layers) {
    field += (layer.kernel - 1) * stride;
    stride *= layer.stride;
  }
  return field;
}

interface Changed {
  readonly net: InvertedResidualNet;
  readonly end: number;
}

function moveKernels(net: InvertedResidualNet, end: number): Changed {
  const wanted = receptiveField(net.blocks);
  const blocks = net.blocks.map((block, index): InvertedResidual => {
    const [kernel, stride, ...rest] = block;
    return index < end ? [stride === 1 ? 1 : Math.min(kernel, 3), stride, ...rest] : block;
  });
  for (let index = end; index < blocks.length; index++) {
    while (receptiveField(blocks) < wanted && blocks[index][0] < LARGEST_KERNEL) {
      const [kernel, ...rest] = blocks[index];
      blocks[index] = [kernel + 2, ...rest];
    }
  }
  return { net: { ...net, blocks }, end };
}

function moveBlocks(net: InvertedResidualNet, end: number): Changed {
  const isResidual = (block: InvertedResidual) => block[4] === 1;
  const stage = net.blocks.slice(0, end);
  const later = net.blocks.slice(end);
  const kept = stage.filter((block) => !isResidual(block));
  const at = later.findIndex(isResidual);
  const moved = at === -1 ? 0 : stage.length - kept.length;
  const copies = Array.from({ length: moved }, () => later[at]);
  const stays = moved === 0 ? stage : kept;
  const blocks = [...stays, ...later.slice(0, at + 1), ...copies, ...later.slice(at + 1)];
  return { net: { ...net, blocks }, end: stays.length };
}
