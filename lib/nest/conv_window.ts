/** How a kernel moves over one dimension of its input. */
export interface WindowOptions {
  /** Elements of the input from one output to the next; default 1. */
  readonly stride?: number;
  /** Default `valid`. */
  readonly padding?: "valid" | "same";
}

/** One dimension of a convolution. */
export interface ConvWindow {
  /** Number of outputs. */
  readonly extent: number;
  /** Padding before the first element of the input. */
  readonly before: number;
  /** Elements of the input from one output to the next. */
  readonly stride: number;
  /** Elements that the outputs read in all, padding included. */
  readonly reach: number;
}

/**
 * Output extent and padding along one dimension, with TensorFlow's rule for `same`: the output has
 * ceil(in / stride) elements and the odd element of padding goes to the end.
 *
 * @throws {RangeError} a stride is no positive integer, or the kernel exceeds a valid input.
 */
export function convWindow(
  { size, kernel, stride = 1, padding = "valid" }: WindowOptions & {
    readonly size: number;
    readonly kernel: number;
  },
): ConvWindow {
  if (!Number.isInteger(stride) || stride < 1) {
    throw new RangeError(`A stride must be a positive integer, found ${stride}`);
  }
  if (padding !== "valid" && padding !== "same") {
    throw new TypeError(`padding must be "valid" or "same", found ${padding}`);
  }
  if (padding === "valid" && kernel > size) {
    throw new RangeError(`A kernel of ${kernel} does not fit a valid input of ${size}`);
  }
  const extent = padding === "same"
    ? Math.ceil(size / stride)
    : Math.floor((size - kernel) / stride) + 1;
  const reach = (extent - 1) * stride + kernel;
  const missing = padding === "same" ? Math.max(0, reach - size) : 0;
  return { extent, before: Math.floor(missing / 2), stride, reach };
}
