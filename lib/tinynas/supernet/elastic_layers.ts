import {
  checkGenes,
  inputShape,
  largestGenes,
  type SupernetGenes,
  type SupernetSpace,
} from "./supernet_space.ts";

/** A convolution with batch normalization, at the largest that any sub-network has it. */
export interface ElasticLayer {
  /** Its name: `stage1/block0/expand`. */
  readonly name: string;
  /** `stem` is a 3x3 convolution of the image, done as a product with patches; `full` has all channels. */
  readonly kind: "stem" | "pointwise" | "depthwise" | "full";
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
  /** Index of the layer whose result is added to its own; null: none. */
  readonly adds: number | null;
  /** Behind that sum. */
  readonly sumActivation: "NONE" | "RELU6";
}

/** A layer as one sub-network has it. */
export interface ActiveLayer extends ElasticLayer {
  /** Index of the layer among those of the super-network, whose weights it takes. */
  readonly index: number;
  /** Index (of the super-network) of the layer that it reads; null: the image. */
  readonly input: number | null;
  /** Rows and columns of what it reads. */
  readonly inputRows: number;
  readonly inputColumns: number;
  /** Rows and columns of what it writes. */
  readonly rows: number;
  readonly columns: number;
}

const FILTER = 3;

/** Rows of the stem's weights: its taps, and some that are always 0 since products go by fours. */
export function stemTaps(inputChannels: number): number {
  return Math.ceil(FILTER ** 2 * inputChannels / 4) * 4;
}

/** Name of the tensor of the means over the image. */
export const MEAN_NAME = "mean";

/** Name of the tensor of a layer's result with what it adds. */
export function sumName(layer: string): string {
  return `${layer}/add`;
}

/** All layers of a super-network in order, each as large as it gets. */
export function elasticLayers(space: SupernetSpace): readonly ElasticLayer[] {
  return layersOf(space, largestGenes(space));
}

/** The layers that a sub-network uses, in order. */
export function activeLayers(space: SupernetSpace, genes: SupernetGenes): readonly ActiveLayer[] {
  checkGenes(space, genes);
  const indices = new Map(elasticLayers(space).map(({ name }, index) => [name, index]));
  const layers = layersOf(space, genes);
  const indexOf = (position: number) => indices.get(layers[position].name)!;
  let { height: rows, width: columns } = inputShape(space, genes.resolution);
  return layers.map((layer, position) => {
    const [inputRows, inputColumns] = [rows, columns];
    rows = Math.ceil(rows / layer.stride);
    columns = Math.ceil(columns / layer.stride);
    return {
      ...layer,
      index: indexOf(position),
      input: position === 0 ? null : indexOf(position - 1),
      adds: layer.adds === null ? null : indexOf(layer.adds),
      inputRows,
      inputColumns,
      rows,
      columns,
    };
  });
}

/** A network by itself: its layers refer to each other by their place in it. */
function layersOf(space: SupernetSpace, genes: SupernetGenes): readonly ElasticLayer[] {
  const { inputChannels: imageChannels = 1, stem, first, stages, head } = space;
  const stemShape = { kernel: FILTER, stride: 2, inputChannels: imageChannels, channels: stem };
  const layers: ElasticLayer[] = [layer("stem", { kind: "stem", ...stemShape })];
  if (first !== null) {
    const shape = { kernel: FILTER, stride: 1, expanded: stem, channels: first, adds: null };
    layers.push(...filtering("first", shape));
  }
  let inputChannels = first ?? stem;
  stages.forEach(({ channels, stride: firstStride, block: kind }, s) => {
    for (let block = 0; block < genes.depths[s]; block++) {
      const name = `stage${s}/block${block}`;
      const stride = block === 0 ? firstStride : 1;
      const shape = { stride, inputChannels, channels };
      const entry = layers.length - 1;
      if (kind === "residual") {
        const adds = stride === 1 && inputChannels === channels ? entry : null;
        layers.push(...residual(name, { ...shape, adds }));
      } else {
        const [kernel, expansion] = [genes.kernels[s][block], genes.expansions[s][block]];
        const adds = block > 0 ? entry : null;
        layers.push(...invertedResidual(name, { ...shape, kernel, expansion, adds }));
      }
      inputChannels = channels;
    }
  });
  if (head !== null) layers.push(pointwise("head", { inputChannels, channels: head }));
  return layers;
}

/** What a block reads and writes. */
interface Block {
  readonly stride: number;
  readonly inputChannels: number;
  readonly channels: number;
  /** Index of the layer that it adds, its input; null: none. */
  readonly adds: number | null;
}

function invertedResidual(
  name: string,
  block: Block & { readonly kernel: number; readonly expansion: number },
): readonly ElasticLayer[] {
  const { inputChannels, expansion } = block;
  const expanded = inputChannels * expansion;
  const rest = filtering(name, { ...block, expanded });
  if (expansion === 1) return rest;
  return [pointwise(`${name}/expand`, { inputChannels, channels: expanded }), ...rest];
}

/** Depthwise convolution and projection of a block. */
function filtering(
  name: string,
  { kernel, stride, expanded, channels, adds }: Omit<Block, "inputChannels"> & {
    readonly kernel: number;
    readonly expanded: number;
  },
): readonly ElasticLayer[] {
  return [
    layer(`${name}/depthwise`, {
      kind: "depthwise",
      kernel,
      stride,
      inputChannels: expanded,
      channels: expanded,
    }),
    pointwise(`${name}/project`, { inputChannels: expanded, channels, activation: "NONE", adds }),
  ];
}

/** Two full convolutions; the ReLU6 behind the second comes after the sum, if there is one. */
function residual(
  name: string,
  { stride, inputChannels, channels, adds }: Block,
): readonly ElasticLayer[] {
  const full = { kind: "full", kernel: FILTER, channels } as const;
  return [
    layer(`${name}/convolution0`, { ...full, stride, inputChannels }),
    layer(`${name}/convolution1`, {
      ...full,
      stride: 1,
      inputChannels: channels,
      activation: adds === null ? "RELU6" : "NONE",
      adds,
      sumActivation: adds === null ? "NONE" : "RELU6",
    }),
  ];
}

function pointwise(
  name: string,
  options: Pick<ElasticLayer, "inputChannels" | "channels"> & Partial<ElasticLayer>,
): ElasticLayer {
  return layer(name, { kind: "pointwise", kernel: 1, stride: 1, ...options });
}

/** A layer with a ReLU6 that adds nothing, but for what `options` say. */
function layer(
  name: string,
  options:
    & Pick<ElasticLayer, "kind" | "kernel" | "stride" | "inputChannels" | "channels">
    & Partial<ElasticLayer>,
): ElasticLayer {
  return { name, activation: "RELU6", adds: null, sumActivation: "NONE", ...options };
}
