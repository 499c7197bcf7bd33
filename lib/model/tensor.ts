import type { Dtype } from "./dtype.ts";

/**
 * Affine quantization: `real = scale * (q - zeroPoint)`. One scale for the whole tensor, or one per
 * index of the dimension `axis` (per channel).
 *
 * @category Models
 */
export interface Quantization {
  /** One scale, or one per index of `axis`; float32 values, finite; of weights also negative. */
  readonly scales: readonly number[];
  /** As many as `scales`; each within the range of the tensor's type. */
  readonly zeroPoints: readonly number[];
  /** The dimension the scales belong to; 0 when there is one scale. */
  readonly axis: number;
  /** Smallest real values seen while calibrating, if the file tells. */
  readonly min?: readonly number[];
  /** Largest real values seen while calibrating, if the file tells. */
  readonly max?: readonly number[];
}

/**
 * A tensor of the graph: an activation, or a constant when it carries data.
 *
 * @category Models
 */
export interface Tensor {
  /** For people; need not be unique, may be empty. */
  readonly name: string;
  /** Element type. */
  readonly dtype: Dtype;
  /** Extent of every dimension (NHWC for images, OHWI for filters); `[]` for a scalar. */
  readonly shape: readonly number[];
  /** How the integers stand for real numbers; null when they do not. */
  readonly quantization: Quantization | null;
  /** Little-endian bytes of a constant, not to be changed; null for everything computed or fed. */
  readonly data: Uint8Array | null;
  /** State that lives from one run to the next (SVDF, LSTM). */
  readonly isVariable: boolean;
  /** The shape with -1 where the converter did not know the extent. */
  readonly shapeSignature?: readonly number[];
  /** True if the file says that the rank is known, which tells a scalar from an unknown shape. */
  readonly hasRank?: boolean;
  /** True if `data` is a sparse encoding: its size then says nothing about the shape. */
  readonly isSparse?: boolean;
}
