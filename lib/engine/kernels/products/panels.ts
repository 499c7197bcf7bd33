import type { Region, Value } from "../../../kernel/kernel.ts";
import { CHUNK, type ProductType, type WeightSource } from "./add_products.ts";

/** Panels of a layer's weights: runs of `depth` products for some vectors of four channels. */
export interface PanelShape {
  readonly dtype: ProductType;
  readonly depth: number;
}

/** Bytes of a run for so many vectors. */
export function runBytes({ dtype, depth }: PanelShape, vectors: number): number {
  return dtype === "float32" ? depth * vectors * 16 : Math.ceil(depth / 2) * vectors * 8;
}

/**
 * Weights as sums over vectors of channels read them: `[run][k][channel]`, for int8 two k side by side
 * in each channel, which one instruction multiplies; a missing channel or k is 0.
 */
export function packPanel(
  { dtype, depth }: PanelShape,
  { runs, vectors, weight }: {
    readonly runs: number;
    readonly vectors: number;
    /** Null: there is no such channel. */
    readonly weight: (run: number, k: number, channel: number) => number | null;
  },
): Uint8Array {
  const channels = vectors * 4;
  const width = dtype === "float32" ? 1 : 2;
  const steps = Math.ceil(depth / width);
  const count = runs * steps * channels * width;
  const values = dtype === "float32" ? new Float32Array(count) : new Int8Array(count);
  for (let run = 0, at = 0; run < runs; run++) {
    for (let step = 0; step < steps; step++) {
      for (let channel = 0; channel < channels; channel++) {
        for (let i = 0; i < width; i++, at++) {
          const k = step * width + i;
          values[at] = k < depth ? weight(run, k, channel) ?? 0 : 0;
        }
      }
    }
  }
  return new Uint8Array(values.buffer);
}

/** The weights of a run in a panel. */
export function panelSource(
  dtype: ProductType,
  { region, address, vectors }: {
    readonly region: Region;
    readonly address: Value;
    readonly vectors: number;
  },
): WeightSource {
  const isFloat = dtype === "float32";
  return {
    address,
    chunkBytes: runBytes({ dtype, depth: CHUNK }, vectors),
    open: (b, { at }) => (k) =>
      Array.from({ length: vectors }, (_, v) => {
        const offsetBytes = isFloat ? (k * vectors + v) * 16 : (k / 2 * vectors + v) * 8;
        const place = { region, address: at, offsetBytes };
        return b.let("w4", b.load(isFloat ? "v128.load" : "i16x8.load8x8_s", place));
      }),
  };
}
