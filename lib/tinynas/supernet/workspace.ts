import type { KernelLibrary } from "../../native/kernel_library.ts";
import { windowExtent } from "../../model/window.ts";
import type { Variation } from "../data/augment.ts";
import { exampleBytes, type ExampleShape, type LabelledData } from "../data/labelled_data.ts";
import { BATCH_NORM_VECTORS } from "./batch_norm.ts";
import { depthwiseScratchFloats } from "./depthwise_convolution.ts";
import { type ElasticLayer, stemTaps } from "./elastic_layers.ts";
import { fullConvolutionScratchFloats } from "./full_convolution.ts";
import { PATCH_SIDE, PATCH_STRIDE } from "./kernels/patches_kernel.ts";
import { parameterPlaces } from "./parameter_places.ts";
import { checkSupernetSpace, inputShape, type SupernetSpace } from "./supernet_space.ts";
import { createTrainingMemory, floatsAt, type TrainingMemory } from "./training_memory.ts";

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
  /** Addresses of the velocities of gradient descent, and of a gradient from another workspace. */
  readonly velocities: number;
  readonly incoming: number;
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
export function createWorkspace(
  space: SupernetSpace,
  batch: number,
  library?: KernelLibrary,
): Workspace {
  checkSupernetSpace(space);
  if (!(Number.isInteger(batch) && batch > 0)) {
    throw new RangeError(`batch of ${batch}, needed a positive integer`);
  }
  const image = inputShape(space, space.resolutions[space.resolutions.length - 1]);
  let { height: rows, width: columns } = image;
  let scratchFloats = patchScratchFloats(image);
  let widest = 0;
  let patchFloats = 0;
  const places = parameterPlaces(space);
  const sizes = places.layers.map(({ layer, ...place }) => {
    const { kind, kernel, stride, inputChannels, channels } = layer;
    const [inputRows, inputColumns] = [rows, columns];
    rows = Math.ceil(rows / stride);
    columns = Math.ceil(columns / stride);
    const pixels = batch * rows * columns;
    if (kind === "stem") patchFloats = pixels * stemTaps(inputChannels);
    const shape = { ...layer, batch, inputRows, inputColumns, rows, columns };
    const needed = kind === "depthwise"
      ? depthwiseScratchFloats({ ...shape, largestKernel: kernel, weightsStride: channels })
      : kind === "full"
      ? fullConvolutionScratchFloats(shape)
      : place.weightCount;
    scratchFloats = Math.max(scratchFloats, needed);
    widest = Math.max(widest, channels);
    return { layer, place, resultFloats: pixels * channels };
  });
  const { count: parameterCount, classifier } = places;
  const pooledFloats = batch * widest;
  const vectorFloats = BATCH_NORM_VECTORS * widest;
  const memory = createTrainingMemory(
    sizes.reduce((sum, { resultFloats }) => sum + 3 * (resultFloats + SPARE_FLOATS), 0) +
      4 * parameterCount + patchFloats + pooledFloats + vectorFloats + scratchFloats +
      8 * SPARE_FLOATS,
    { inputChannels: image.channels, library },
  );
  const parameters = memory.allocate(parameterCount);
  const gradients = memory.allocate(parameterCount);
  const velocities = memory.allocate(parameterCount);
  const at = (place: number): number => parameters + 4 * place;
  const layers = sizes.map(({ layer, place, resultFloats }): LayerPlace => ({
    ...layer,
    weightsStride: layer.channels,
    weightCount: place.weightCount,
    weights: at(place.weights),
    gamma: at(place.gamma),
    beta: at(place.beta),
    x: memory.allocate(resultFloats),
    y: memory.allocate(resultFloats),
    dy: memory.allocate(resultFloats),
  }));
  return {
    space,
    batch,
    memory,
    layers,
    classifier: {
      ...classifier,
      weights: at(classifier.weights),
      bias: at(classifier.bias),
    },
    parameters,
    parameterCount,
    gradientBytes: gradients - parameters,
    velocities,
    incoming: memory.allocate(parameterCount),
    // The kernel that fills them writes a little behind the last.
    patches: memory.allocate(patchFloats + LANES),
    pooled: memory.allocate(pooledFloats),
    vectors: memory.allocate(vectorFloats),
    scratch: memory.allocate(scratchFloats),
  };
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
const MOST_VALUE = (255 - PIXEL_MIDDLE) * PIXEL_SCALE;

/** Which examples a batch has, and how each is changed. */
export interface BatchImages {
  readonly images: LabelledData;
  readonly indices: readonly number[];
  readonly variations?: readonly Variation[];
}

/** Puts a batch's patches into the workspace. */
export function loadPatches(
  { memory, patches, scratch }: Pick<Workspace, "memory" | "patches" | "scratch">,
  { images, indices, variations }: BatchImages,
): void {
  const { height, width, channels } = images;
  const [down, across] = [stemWindow(height), stemWindow(width)];
  const rowFloats = across.extent * channels;
  const bordered = floatsAt(memory, scratch, patchScratchFloats(images)).fill(0);
  const patchFloats = down.output * across.output * stemTaps(channels);
  const start = down.before * rowFloats + across.before * channels;
  indices.forEach((image, i) => {
    copyExample(images, image, { to: bordered.subarray(start), rowFloats, ...variations?.[i] });
    const to = patches + i * patchFloats * 4;
    memory.kernels.patches(scratch, rowFloats * 4, to, down.output, across.output);
  });
}

/** Copies an example's real values, row by row, changed as a variation says. */
function copyExample(
  { pixels, height, width, channels }: LabelledData,
  image: number,
  options: Partial<Variation> & { readonly to: Float32Array; readonly rowFloats: number },
): void {
  const { to, rowFloats, mirrored = false, factor = 1, offset = 0, erased = null } = options;
  const down = Math.round((options.down ?? 0) * height);
  const across = Math.round((options.across ?? 0) * width);
  const clamped = (at: number, extent: number) => Math.min(extent - 1, Math.max(0, at));
  const values = new Float32Array(256);
  for (let pixel = 0; pixel < 256; pixel++) {
    const value = (pixel - PIXEL_MIDDLE) * PIXEL_SCALE * factor + offset;
    values[pixel] = Math.min(MOST_VALUE, Math.max(-1, value));
  }
  for (let y = 0; y < height; y++) {
    const from = (image * height + clamped(y - down, height)) * width;
    for (let x = 0; x < width; x++) {
      const column = clamped((mirrored ? width - 1 - x : x) - across, width);
      for (let c = 0; c < channels; c++) {
        to[y * rowFloats + x * channels + c] = values[pixels[(from + column) * channels + c]];
      }
    }
  }
  if (erased === null) return;
  const [rows, columns] = [height, width].map((extent) => Math.round(erased.side * extent));
  const [top, left] = [
    Math.round(erased.y * height - rows / 2),
    Math.round(erased.x * width - columns / 2),
  ];
  for (let y = Math.max(0, top); y < Math.min(height, top + rows); y++) {
    const first = y * rowFloats;
    const [begin, end] = [Math.max(0, left), Math.min(width, left + columns)];
    to.fill(0, first + begin * channels, first + Math.max(begin, end) * channels);
  }
}

/** Room that `loadPatches` works in: an image with its border, and what a vector reads beyond. */
export function patchScratchFloats({ height, width, channels }: ExampleShape): number {
  return stemWindow(height).extent * stemWindow(width).extent * channels + LANES - 1;
}

function stemWindow(input: number) {
  const { output, before } = windowExtent({
    input,
    filter: PATCH_SIDE,
    stride: PATCH_STRIDE,
    padding: "SAME",
  });
  return { output, before, extent: (output - 1) * PATCH_STRIDE + PATCH_SIDE };
}

/** Real values of an example's bytes. */
export function pixelsAsFloats(images: LabelledData, image: number): Float32Array<ArrayBuffer> {
  const size = exampleBytes(images);
  return Float32Array.from(
    images.pixels.subarray(image * size, (image + 1) * size),
    (pixel) => (pixel - PIXEL_MIDDLE) * PIXEL_SCALE,
  );
}
