import { windowExtent } from "../../model/window.ts";
import { BATCH_NORM_VECTORS } from "./batch_norm.ts";
import { depthwiseScratchFloats } from "./depthwise_convolution.ts";
import { type ElasticLayer, elasticLayers, STEM_TAPS } from "./elastic_layers.ts";
import { fullConvolutionScratchFloats } from "./full_convolution.ts";
import { PATCH_SIDE, PATCH_STRIDE } from "./kernels/patches_kernel.ts";
import { checkSupernetSpace, type SupernetSpace } from "./supernet_space.ts";
import { createTrainingMemory, floatsAt, type TrainingMemory } from "./training_memory.ts";
import type { ShownImage } from "./training_recipe.ts";
import type { LabelledImages } from "./wake_word_images.ts";

/** Where a layer of the super-network has its parameters and its results. */
export interface LayerPlace extends ElasticLayer {
  /** Values from one row of the weights to the next. */
  readonly weightsStride: number;
  /** Addresses of the parameters. */
  readonly weights: number;
  readonly gamma: number;
  readonly beta: number;
  /** Number of its weights. */
  readonly weightCount: number;
  /** Addresses of the convolution's result, of the layer's result, and of the latter's gradient. */
  readonly x: number;
  readonly y: number;
  readonly dy: number;
}

/** A super-network in memory: parameters, their gradients, and the results of a batch. */
export interface Workspace {
  readonly space: SupernetSpace;
  /** Most images that it has room for. */
  readonly batch: number;
  readonly memory: TrainingMemory;
  readonly layers: readonly LayerPlace[];
  /** Addresses of the dense layer's parameters. */
  readonly classifier: {
    readonly weights: number;
    readonly bias: number;
    readonly channels: number;
  };
  /** Address and number of all parameters, which lie side by side. */
  readonly parameters: number;
  readonly parameterCount: number;
  /** What takes a parameter's address to its gradient's. */
  readonly gradientBytes: number;
  /** Address of the velocities of gradient descent. */
  readonly velocities: number;
  /** Addresses of the stem's patches, the means over images, and room to work in. */
  readonly patches: number;
  readonly pooled: number;
  readonly vectors: number;
  readonly scratch: number;
}

const LANES = 4;
/** What `allocate` may lose by alignment, for every buffer. */
const SPARE_FLOATS = 16;

/** Reserves memory for batches of a size, at the space's largest network and resolution. */
export function createWorkspace(space: SupernetSpace, batch: number): Workspace {
  checkSupernetSpace(space);
  if (!(Number.isInteger(batch) && batch > 0)) {
    throw new RangeError(`batch of ${batch}, needed a positive integer`);
  }
  let side = space.resolutions[space.resolutions.length - 1];
  let scratchFloats = patchScratchFloats(side);
  let widest = 0;
  let patchFloats = 0;
  const sizes = elasticLayers(space).map((layer) => {
    const { kind, kernel, stride, inputChannels, channels } = layer;
    const inputSide = side;
    side = Math.ceil(side / stride);
    if (kind === "stem") patchFloats = batch * side ** 2 * STEM_TAPS;
    const rows = weightRows(layer);
    const image = { batch, inputSide, side, kernel, stride, inputChannels, channels };
    const needed = kind === "depthwise"
      ? depthwiseScratchFloats({ ...image, largestKernel: kernel, weightsStride: channels })
      : kind === "full"
      ? fullConvolutionScratchFloats(image)
      : rows * channels;
    scratchFloats = Math.max(scratchFloats, needed);
    widest = Math.max(widest, channels);
    return { layer, weightCount: rows * channels, resultFloats: batch * side ** 2 * channels };
  });
  const channels = sizes[sizes.length - 1].layer.channels;
  const { classes } = space;
  const parameterCount = sizes.reduce(
    (sum, { weightCount, layer }) => sum + weightCount + 2 * layer.channels,
    channels * classes + Math.ceil(classes / LANES) * LANES,
  );
  const pooledFloats = batch * widest;
  const vectorFloats = BATCH_NORM_VECTORS * widest;
  const memory = createTrainingMemory(
    sizes.reduce((sum, { resultFloats }) => sum + 3 * (resultFloats + SPARE_FLOATS), 0) +
      3 * parameterCount + patchFloats + pooledFloats + vectorFloats + scratchFloats +
      7 * SPARE_FLOATS,
  );
  const parameters = memory.allocate(parameterCount);
  const gradients = memory.allocate(parameterCount);
  const velocities = memory.allocate(parameterCount);
  let next = parameters;
  const take = (count: number): number => {
    const address = next;
    next += count * 4;
    return address;
  };
  const layers = sizes.map(({ layer, weightCount, resultFloats }): LayerPlace => ({
    ...layer,
    weightsStride: layer.channels,
    weightCount,
    weights: take(weightCount),
    gamma: take(layer.channels),
    beta: take(layer.channels),
    x: memory.allocate(resultFloats),
    y: memory.allocate(resultFloats),
    dy: memory.allocate(resultFloats),
  }));
  return {
    space,
    batch,
    memory,
    layers,
    classifier: { weights: take(channels * classes), bias: take(classes), channels },
    parameters,
    parameterCount,
    gradientBytes: gradients - parameters,
    velocities,
    patches: memory.allocate(patchFloats),
    pooled: memory.allocate(pooledFloats),
    vectors: memory.allocate(vectorFloats),
    scratch: memory.allocate(scratchFloats),
  };
}

/** Rows of a layer's weights, which have a column for each channel written. */
function weightRows({ kind, kernel, inputChannels }: ElasticLayer): number {
  if (kind === "stem") return STEM_TAPS;
  return kernel ** 2 * (kind === "depthwise" ? 1 : inputChannels);
}

/**
 * Sets all parameters.
 *
 * @throws {RangeError} if there are too few or too many, as those of another space would be.
 */
export function setParameters(
  { memory, parameters, parameterCount }: Workspace,
  values: Float32Array,
): void {
  if (values.length !== parameterCount) {
    throw new RangeError(`${values.length} parameters, needed ${parameterCount} for this space`);
  }
  floatsAt(memory, parameters, parameterCount).set(values);
}

/** Real values of pixels: `(p - 128) / 128`, so that int8 represents them exactly. */
export const PIXEL_SCALE = 1 / 128;
const PIXEL_MIDDLE = 128;

/** Which images a batch has, and how they are shown: as they are if only their indices are given. */
export interface BatchImages {
  readonly images: LabelledImages;
  readonly shown: readonly (Pick<ShownImage, "index"> & Partial<ShownImage>)[];
}

/** Puts a batch's patches into the workspace. */
export function loadPatches(
  { memory, patches, scratch }: Pick<Workspace, "memory" | "patches" | "scratch">,
  { images, shown }: BatchImages,
): void {
  const { pixels, resolution } = images;
  const { output, before, extent } = stemWindow(resolution);
  const bordered = floatsAt(memory, scratch, patchScratchFloats(resolution)).fill(0);
  const last = resolution - 1;
  shown.forEach(({ index, isMirrored = false, shift = [0, 0] }, i) => {
    const [right, down] = shift.map((share) => Math.round(share * resolution));
    for (let y = 0; y < resolution; y++) {
      const from = (index * resolution + Math.min(last, Math.max(0, y + down))) * resolution;
      const to = (y + before) * extent + before;
      for (let x = 0; x < resolution; x++) {
        const column = Math.min(last, Math.max(0, (isMirrored ? last - x : x) + right));
        bordered[to + x] = (pixels[from + column] - PIXEL_MIDDLE) * PIXEL_SCALE;
      }
    }
    const to = patches + i * output ** 2 * STEM_TAPS * 4;
    memory.kernels.patches(scratch, extent * 4, to, output, output);
  });
}

/** Room that `loadPatches` works in: an image with its border, and what a vector reads beyond. */
export function patchScratchFloats(resolution: number): number {
  return stemWindow(resolution).extent ** 2 + 1;
}

function stemWindow(resolution: number) {
  const { output, before } = windowExtent({
    input: resolution,
    filter: PATCH_SIDE,
    stride: PATCH_STRIDE,
    padding: "SAME",
  });
  return { output, before, extent: (output - 1) * PATCH_STRIDE + PATCH_SIDE };
}

/** Real values of an image's pixels. */
export function pixelsAsFloats(
  { pixels, resolution }: LabelledImages,
  image: number,
): Float32Array<ArrayBuffer> {
  const size = resolution ** 2;
  return Float32Array.from(
    pixels.subarray(image * size, (image + 1) * size),
    (pixel) => (pixel - PIXEL_MIDDLE) * PIXEL_SCALE,
  );
}
