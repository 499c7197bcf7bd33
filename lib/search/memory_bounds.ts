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
    const lowerBytes = Math.max(inputBytes(layers[0]), liveBytes(last));
    return { lowerBytes, upperBytes: rollingBound(layers, inPlace) };
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

/** As much shared as could be. */
function leastBytes(layer: NetworkLayer, held: HeldPixels): number {
  const { op, inputDies, heldBytes } = layer;
  if (op === "ADD") return inputBytes(layer) + heldBytes;
  const isShared = (op === "CONV_2D" || op === "DEPTHWISE_CONV_2D") && inputDies;
  if (!isShared) return inPlaceBytes(layer, held);
  return Math.max(inputBytes(layer), outputBytes(layer)) + heldBytes;
}
