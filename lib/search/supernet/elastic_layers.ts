import type { SupernetGenes, SupernetSpace } from "./supernet_space.ts";
import { checkGenes } from "./supernet_space.ts";

/** A convolution with batch normalization, at the largest that any sub-network has it. */
export interface ElasticLayer {
  /** Its name: `stage1/block0/expand`. */
  readonly name: string;
  /** `stem` is a 3x3 convolution of one channel, done as a product with patches. */
  readonly kind: "stem" | "pointwise" | "depthwise";
  /** Side of the filter. */
  readonly kernel: number;
  /** Pixels from one window to the next. */
  readonly stride: number;
  /** Channels read. */
  readonly inputChannels: number;
  /** Channels written. */
  readonly channels: number;
  /** Behind the batch normalization. */
  readonly activation: "NONE" | "RELU6";
}

/** A layer as one sub-network has it. */
export interface ActiveLayer extends ElasticLayer {
  /** Index of the layer among those of the super-network, whose weights it takes. */
  readonly index: number;
  /** Index (of the super-network) of the layer that it reads; null: the image. */
  readonly input: number | null;
  /** Index of the layer whose result is added to its own; null: none. */
  readonly adds: number | null;
  /** Height and width of what it reads. */
  readonly inputSide: number;
  /** Height and width of what it writes. */
  readonly side: number;
}

/** Rows of the stem's weights: 9 taps, and 3 that are always 0 since products go by fours. */
export const STEM_TAPS = 12;
const STEM_KERNEL = 3;

/** All layers of a super-network in order, each as large as it gets. */
export function elasticLayers(space: SupernetSpace): readonly ElasticLayer[] {
  const { stem, first, stages } = space;
  const most = (values: readonly number[]) => values[values.length - 1];
  const [kernel, expansion] = [most(space.kernels), most(space.expansions)];
  let channels = first;
  return [
    {
      name: "stem",
      kind: "stem",
      kernel: STEM_KERNEL,
      stride: 2,
      inputChannels: 1,
      channels: stem,
      activation: "RELU6",
    },
    ...filtering("first", { kernel: 3, stride: 1, expanded: stem, channels: first }),
    ...stages.flatMap((stage, s) =>
      Array.from({ length: most(stage.depths) }, (_, block) => {
        const name = `stage${s}/block${block}`;
        const expanded = channels * expansion;
        const expand: ElasticLayer = {
          name: `${name}/expand`,
          kind: "pointwise",
          kernel: 1,
          stride: 1,
          inputChannels: channels,
          channels: expanded,
          activation: "RELU6",
        };
        channels = stage.channels;
        const stride = block === 0 ? stage.stride : 1;
        return [expand, ...filtering(name, { kernel, stride, expanded, channels })];
      }).flat()
    ),
  ];
}

/** The layers that a sub-network uses, in order. */
export function activeLayers(space: SupernetSpace, genes: SupernetGenes): readonly ActiveLayer[] {
  checkGenes(space, genes);
  const layers = elasticLayers(space);
  const active: ActiveLayer[] = [];
  const append = (index: number, own: Partial<ActiveLayer> = {}): void => {
    const layer = layers[index];
    const before = active.at(-1);
    const inputSide = before?.side ?? genes.resolution;
    active.push({
      ...layer,
      index,
      input: before?.index ?? null,
      adds: null,
      inputSide,
      side: Math.ceil(inputSide / layer.stride),
      ...own,
    });
  };
  [0, 1, 2].forEach((index) => append(index));
  let index = 3;
  let channels = space.first;
  space.stages.forEach((stage, s) => {
    for (let block = 0; block < stage.depths[stage.depths.length - 1]; block++, index += 3) {
      if (block >= genes.depths[s]) continue;
      const expanded = channels * genes.expansions[s][block];
      const entry = active.at(-1)!.index;
      append(index, { channels: expanded });
      append(index + 1, {
        kernel: genes.kernels[s][block],
        inputChannels: expanded,
        channels: expanded,
      });
      append(index + 2, { inputChannels: expanded, adds: block > 0 ? entry : null });
      channels = stage.channels;
    }
  });
  return active;
}

/** Depthwise convolution and projection of a block. */
function filtering(
  name: string,
  block: {
    readonly kernel: number;
    readonly stride: number;
    readonly expanded: number;
    readonly channels: number;
  },
): readonly ElasticLayer[] {
  const { kernel, stride, expanded, channels } = block;
  return [
    {
      name: `${name}/depthwise`,
      kind: "depthwise",
      kernel,
      stride,
      inputChannels: expanded,
      channels: expanded,
      activation: "RELU6",
    },
    {
      name: `${name}/project`,
      kind: "pointwise",
      kernel: 1,
      stride: 1,
      inputChannels: expanded,
      channels,
      activation: "NONE",
    },
  ];
}
