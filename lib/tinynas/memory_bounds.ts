import { windowExtent } from "../model/window.ts";
import { depthwiseDelay } from "../plan/in_place_depthwise.ts";
import type { PlanOptions } from "../plan/plan_options.ts";
import { type TechniqueName, techniqueNames } from "../plan/techniques.ts";
import { networkInputBytes, type NetworkLayer, networkOutputBytes } from "./network_cost.ts";

/** Bytes between which the peak of a network's plan lies. */
export interface MemoryBounds {
  /** No plan needs less. */
  readonly lowerBytes: number;
  /** A plan needs no more. */
  readonly upperBytes: number;
}

/**
 * Bounds of `planMemory`'s peak from the numbers of the layers alone: live bytes, less what the
 * operator's output may share with its dying input.
 *
 * - in place, depthwise: the input and the pixels held back of one channel;
 * - overlapping, convolutions: the larger of input and output at least (what pointwise ones need:
 *   the extent of the pair is max(|I|, |O|) in one of the two loop directions);
 * - overlapping, addition: its two inputs.
 *
 * For `layers` and `in-place` the two bounds agree. The upper bound of `overlap` is that of
 * `in-place`, the one of `rolling` that of `rollingBound`.
 */
export type BoundMemory = (layers: readonly NetworkLayer[]) => MemoryBounds;

/** The bounds for a memory model; shapes seen once are kept for the next network. */
export function memoryBounds(memory: MemoryModelName): BoundMemory {
  const held = heldPixels();
  return (layers) => {
    const most = (bytes: (layer: NetworkLayer) => number) =>
      layers.reduce((peak, layer) => Math.max(peak, bytes(layer)), 0);
    if (memory === "layers") return exactly(most(liveBytes));
    if (memory === "in-place") return exactly(most((layer) => inPlaceBytes(layer, held)));
    const inPlace = (layer: NetworkLayer) => inPlaceBytes(layer, held);
    if (memory === "overlap") {
      return { lowerBytes: most((layer) => leastBytes(layer, held)), upperBytes: most(inPlace) };
    }
    const last = layers[layers.length - 1];
    // The image lies in memory whole, and so do both sides of the classifier.
    const lowerBytes = Math.max(networkInputBytes(layers[0]), liveBytes(last));
    return { lowerBytes, upperBytes: rollingBound(layers, inPlace) };
  };
}

function exactly(bytes: number): MemoryBounds {
  return { lowerBytes: bytes, upperBytes: bytes };
}

function liveBytes(layer: NetworkLayer): number {
  return networkInputBytes(layer) + networkOutputBytes(layer) + layer.heldBytes;
}

type HeldPixels = ReturnType<typeof heldPixels>;

function inPlaceBytes(layer: NetworkLayer, held: HeldPixels): number {
  const { op, inputDies, heldBytes } = layer;
  if (op !== "DEPTHWISE_CONV_2D" || !inputDies) return liveBytes(layer);
  const inPlace = networkInputBytes(layer) + held(layer) + heldBytes;
  return Math.min(liveBytes(layer), inPlace);
}

/** As much shared as could be. */
function leastBytes(layer: NetworkLayer, held: HeldPixels): number {
  const { op, inputDies, heldBytes } = layer;
  if (op === "ADD") return networkInputBytes(layer) + heldBytes;
  const isShared = (op === "CONV_2D" || op === "DEPTHWISE_CONV_2D") && inputDies;
  if (!isShared) return inPlaceBytes(layer, held);
  return Math.max(networkInputBytes(layer), networkOutputBytes(layer)) + heldBytes;
}

/**
 * Bytes that a plan of rolling rows needs at most: the way to cut the network at the outputs of its
 * blocks with the least peak. A piece between two cuts holds its input and its output, which overwrites
 * what was read, and of every tensor within the rows that its readers need at a time: K for K x K taps, 1 otherwise, and
 * for a block's input that is added at the end those of the window's lower half. One block alone may
 * also run operator by operator, `layerBytes` at a time, as all that follows the last block does.
 */
function rollingBound(
  layers: readonly NetworkLayer[],
  layerBytes: (layer: NetworkLayer) => number,
): number {
  const pieces = blocksOf(layers);
  const tail = layers.filter(({ block }) => block === null);
  // least[i]: the peak of everything before piece i.
  const least = new Array<number>(pieces.length + 1).fill(Infinity);
  least[0] = 0;
  for (let from = 0; from < pieces.length; from++) {
    const [first] = pieces[from];
    let windows = 0;
    for (let until = from + 1; until <= pieces.length; until++) {
      const piece = pieces[until - 1];
      windows += windowBytes(piece) + (until - 1 > from ? entryBytes(piece) : 0);
      let peak = extentBytes(first, piece[piece.length - 1]) + windows;
      if (until === from + 1) peak = Math.min(peak, Math.max(...piece.map(layerBytes)));
      least[until] = Math.min(least[until], Math.max(least[from], peak));
    }
  }
  return Math.max(least[pieces.length], ...tail.map(layerBytes));
}

/**
 * Bytes of a piece's input and output, which begins D bytes in front of it: its row y overwrites only
 * input rows that the first layer has left behind, those before S y - p (S the stride of the piece, p
 * the rows above the middle of the first window). So `(y + 1) O <= (S y - p) I + D` for all y, O and I
 * the bytes of a row; the sides being linear, the first and the last rows decide.
 */
function extentBytes(first: NetworkLayer, last: NetworkLayer): number {
  const stride = Math.ceil(first.inputRows / last.outputRows);
  const above = first.kernel >> 1;
  const inputRow = first.inputColumns * first.inputChannels;
  const outputRow = last.outputColumns * last.outputChannels;
  const rows = [0, Math.ceil(above / stride), last.outputRows - 1];
  const distances = rows.filter((y) => y < last.outputRows).map((y) =>
    (y + 1) * outputRow - Math.max(0, stride * y - above) * inputRow
  );
  const extent = Math.max(
    networkInputBytes(first) + Math.max(...distances),
    networkOutputBytes(last),
  );
  return Math.min(networkInputBytes(first) + networkOutputBytes(last), extent);
}

function blocksOf(layers: readonly NetworkLayer[]): readonly (readonly NetworkLayer[])[] {
  const blocks: NetworkLayer[][] = [];
  for (const layer of layers) {
    if (layer.block !== null) (blocks[layer.block] ??= []).push(layer);
  }
  return blocks;
}

/** Rows of the tensors within a block that are kept. */
function windowBytes(block: readonly NetworkLayer[]): number {
  return block.slice(1).reduce((sum, layer) => sum + rowBytes(layer, layer.kernel), 0);
}

/** Rows kept of a block's input when the block before it runs along. */
function entryBytes(block: readonly NetworkLayer[]): number {
  const [first] = block;
  const isAdded = block[block.length - 1].op === "ADD";
  const reach = Math.max(...block.map(({ kernel }) => kernel));
  return rowBytes(first, Math.max(first.kernel, isAdded ? (reach >> 1) + 1 : 1));
}

function rowBytes(
  { inputRows, inputColumns, inputChannels }: NetworkLayer,
  rows: number,
): number {
  return Math.min(rows, inputRows) * inputColumns * inputChannels;
}

/**
 * Pixels that a depthwise convolution in place holds back: the least of the two directions, as the
 * planner finds it. Few shapes occur in a space and each takes K² steps a pixel: found ones are kept.
 */
function heldPixels(): (layer: WindowShape) => number {
  const known = new Map<string, number>();
  return (layer) => {
    const { inputRows, inputColumns, kernel, stride } = layer;
    const key = `${inputRows} ${inputColumns} ${kernel} ${stride}`;
    const found = known.get(key) ?? leastDelay(layer);
    known.set(key, found);
    return found;
  };
}

type WindowShape = Pick<NetworkLayer, "inputRows" | "inputColumns" | "kernel" | "stride">;

function leastDelay({ inputRows, inputColumns, kernel, stride }: WindowShape): number {
  const [down, across] = [inputRows, inputColumns].map((input) =>
    windowExtent({ input, filter: kernel, stride, padding: "SAME" })
  );
  const window = {
    batches: 1,
    inputHeight: inputRows,
    inputWidth: inputColumns,
    outputHeight: down.output,
    outputWidth: across.output,
    kernelHeight: kernel,
    kernelWidth: kernel,
    strideH: stride,
    strideW: stride,
    dilationH: 1,
    dilationW: 1,
    top: down.before,
    left: across.before,
    inputPixelBytes: 1,
    outputPixelBytes: 1,
    outputElementBytes: 1,
  };
  const shiftPixels = inputRows * inputColumns - down.output * across.output;
  return Math.min(
    depthwiseDelay(window),
    depthwiseDelay(window, { shiftPixels, direction: "reverse" }),
  );
}

/**
 * How the memory of a network is planned.
 *
 * @category Search
 */
export const memoryModels = {
  layers: "inputs and outputs of the operator that runs, and what a later one still reads",
  "in-place": "the same, and depthwise convolutions overwrite their input, as in TinyEngine",
  overlap: "every technique of the planner, operator by operator",
  rolling: "every technique, and operators that run together row by row",
} as const;

/**
 * Name of a way to plan memory.
 *
 * @category Search
 */
export type MemoryModelName = keyof typeof memoryModels;

/** The planner's options for a memory model. */
export function planOptionsOf(memory: MemoryModelName): PlanOptions {
  const without = (...names: readonly TechniqueName[]) =>
    techniqueNames.filter((name) => !names.includes(name));
  switch (memory) {
    case "layers":
      return { techniques: without("in-place-depthwise", "overlap") };
    case "in-place":
      return { techniques: without("overlap") };
    case "overlap":
      return {};
    case "rolling":
      return { fusion: "rolling" };
  }
}

/**
 * Refuses an unknown name.
 *
 * @throws {RangeError} for one.
 */
export function checkMemoryModel(name: string): void {
  if (Object.hasOwn(memoryModels, name)) return;
  const known = Object.keys(memoryModels).join(", ");
  throw new RangeError(`memory "${name}", needed one of ${known}`);
}
