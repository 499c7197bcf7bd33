import { convFloat32, convFloat32Tiles } from "../kernels/conv_float32.ts";
import { convInt8, convInt8Tiles } from "../kernels/conv_int8.ts";
import { depthwiseInt8, depthwiseInt8Tiles } from "../kernels/depthwise_int8.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import type { KernelTile } from "./kernel_choices.ts";

/** A kernel that can be cut up in several ways. */
export interface TiledKernel {
  /** As in `ChosenTile`. */
  readonly name: string;
  /** Ways to cut up a layer, the one expected to be the fastest first; none: not for this layer. */
  readonly tiles: (layer: Layer) => readonly KernelTile[];
  readonly make: (layer: Layer, tile: KernelTile) => LayerKernel | null;
}

/** All of them. */
export const tiledKernels: readonly TiledKernel[] = [
  tiled("conv int8", convInt8Tiles, convInt8),
  tiled("conv float32", convFloat32Tiles, convFloat32),
  tiled("depthwise int8", depthwiseInt8Tiles, depthwiseInt8),
];

function tiled<Tile extends object>(
  name: string,
  tiles: (layer: Layer) => readonly Tile[],
  make: (layer: Layer, tile: Tile) => LayerKernel | null,
): TiledKernel {
  return {
    name,
    tiles: (layer) => tiles(layer).map((tile) => ({ ...tile }) as unknown as KernelTile),
    make: (layer, tile) => make(layer, tile as unknown as Tile),
  };
}
