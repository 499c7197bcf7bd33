import { heldPixels } from "./held_pixels.ts";
import type { MemoryModelName } from "./memory_model.ts";
import { inputBytes, type NetworkLayer, outputBytes } from "./network_layers.ts";
import { rollingBound } from "./rolling_bound.ts";

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
 * - overlapping, pointwise: the larger of input and output (I and O start at the same end: the
 *   extent of the pair is max(|I|, |O|) in one of the two loop directions);
 * - overlapping, addition: its two inputs.
 *
 * For `layers` and `in-place` the two bounds agree. For `overlap` only what the first convolution
 * shares is left open, for `rolling` the upper bound is that of `rollingBound`.
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
    const upper = (layer: NetworkLayer) => overlapBytes(layer, held);
    if (memory === "overlap") {
      return { lowerBytes: most((layer) => leastBytes(layer, held)), upperBytes: most(upper) };
    }
    const last = layers[layers.length - 1];
    // The image lies in memory whole, and so do both sides of the classifier.
    const lowerBytes = Math.max(inputBytes(layers[0]), liveBytes(last));
    return { lowerBytes, upperBytes: rollingBound(layers, upper) };
  };
}

function exactly(bytes: number): MemoryBounds {
  return { lowerBytes: bytes, upperBytes: bytes };
}

function liveBytes(layer: NetworkLayer): number {
  return inputBytes(layer) + outputBytes(layer) + layer.heldBytes;
}

type HeldPixels = ReturnType<typeof heldPixels>;

function inPlaceBytes(layer: NetworkLayer, held: HeldPixels): number {
  const { op, inputSize, kernel, stride, inputDies, heldBytes } = layer;
  if (op !== "DEPTHWISE_CONV_2D" || !inputDies) return liveBytes(layer);
  const inPlace = inputBytes(layer) + held(inputSize, kernel, stride) + heldBytes;
  return Math.min(liveBytes(layer), inPlace);
}

function overlapBytes(layer: NetworkLayer, held: HeldPixels): number {
  const { op, kernel, inputDies, heldBytes } = layer;
  if (op === "CONV_2D" && kernel === 1 && inputDies) return larger(layer) + heldBytes;
  if (op === "ADD") return inputBytes(layer) + heldBytes;
  return inPlaceBytes(layer, held);
}

/** As above, with as much shared as could be where the shape decides. */
function leastBytes(layer: NetworkLayer, held: HeldPixels): number {
  const isWindow = layer.op === "CONV_2D" || layer.op === "DEPTHWISE_CONV_2D";
  const isOpen = isWindow && layer.kernel > 1 && layer.inputDies;
  return isOpen ? larger(layer) + layer.heldBytes : overlapBytes(layer, held);
}

function larger(layer: NetworkLayer): number {
  return Math.max(inputBytes(layer), outputBytes(layer));
}
