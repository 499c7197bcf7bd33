import type { CustomOption } from "./custom_options.ts";
import type { Tensor } from "./tensor.ts";

/**
 * The tensors of an operator in its order; null or absent for an input that is left out.
 *
 * @category Models
 */
export interface Operands<Inputs extends InputTensors = readonly Tensor[]> {
  /** What it reads. */
  readonly inputs: Inputs;
  /** What it writes. */
  readonly outputs: readonly Tensor[];
}

/**
 * Tensors read; what an operator's own list is made of.
 *
 * @category Models
 */
export type InputTensors = readonly (Tensor | null | undefined)[];

/** Data, weights and perhaps a bias. */
export type WeightedInputs = readonly [
  input: Tensor,
  weights: Tensor,
  bias?: Tensor | null,
];

/** Data, and the axes that it is reduced over: files without them are planned, and nothing runs them. */
export type ReducedInputs = readonly [input: Tensor, axes?: Tensor | null];

/**
 * How an operator goes through its data, which tells what its output may lie over and what can run
 * in one loop with it.
 *
 * - `elementwise`: an output element needs the input elements at the same place only.
 * - `rows`: an output row needs the input row at the same place as a whole; rows run along the last
 *   dimension.
 * - `window`: an output pixel needs the pixels of a window, which slides over an image's rows and
 *   columns, or is one pixel that goes over rows of a matrix.
 * - `view`: the same bytes under another shape.
 * - `movement`: elements keep their value and change their place.
 * - `none`: anything else.
 *
 * @category Models
 */
export type OperatorAccess =
  | { readonly kind: "elementwise" | "rows" | "view" | "movement" | "none" }
  | WindowAccess;

/**
 * How windows are read.
 *
 * @category Models
 */
export interface WindowAccess {
  /** Tells it from the others. */
  readonly kind: "window";
  /** What the windows slide over; over rows they are one pixel. */
  readonly over: "image" | "rows";
  /** A channel of the output needs one channel of the input only. */
  readonly isChannelwise: boolean;
  /** The second input is a filter (its dimensions 1 and 2 are the taps of a window over an image). */
  readonly isWeighted: boolean;
}

/**
 * Elements that keep their value and change their place: all indices of some dimensions, in row-major
 * order or, backward, in the reverse of it.
 *
 * @category Models
 */
export interface Move {
  /** Which of the operator's inputs they come from. */
  readonly input: number;
  /** Which of its outputs they go to. */
  readonly output: number;
  /** Indices of each dimension. */
  readonly extents: readonly number[];
  /** Where they lie in the input. */
  readonly from: BoxPlace;
  /** Where they lie in the output. */
  readonly to: BoxPlace;
}

/**
 * Where the elements of a box lie in a tensor, in elements.
 *
 * @category Models
 */
export interface BoxPlace {
  /** The first one. */
  readonly first: number;
  /** From one index to the next, for each dimension; they may be negative, or 0. */
  readonly steps: readonly number[];
}

/**
 * What rows of an image are computed from.
 *
 * @category Models
 */
export interface RowReads {
  /** Which of the operator's inputs is the image. */
  readonly input: number;
  /** For each row of the output the rows of the input `[first, until)`. */
  readonly rows: readonly (readonly [first: number, until: number])[];
}

/**
 * What there is to know of an operator without running it. `Inputs` are the tensors that its counts
 * of inputs allow; where it is left out, all are there.
 *
 * @category Models
 */
export interface OperatorDefinition<Attributes, Inputs extends InputTensors = readonly Tensor[]> {
  /** What it does, in one line. */
  readonly description: string;
  /** Its option table in the TFLite schema; null if the schema has none for it. */
  readonly optionTable: string | null;
  /** Of a custom operator: its attributes in the flexbuffer of its options. */
  readonly customOptions?: Readonly<Record<string, CustomOption>>;
  /** Inputs that must be there. */
  readonly inputs: number;
  /** Inputs that may follow, or be -1 (if there is a limit to their number); 0 if absent. */
  readonly optionalInputs?: number;
  /** Inputs that may be -1 although others follow that must be there. */
  readonly mayBeMissing?: readonly number[];
  /** Number of outputs, 1 if absent; null where an attribute tells. */
  readonly outputs?: number | null;
  /** How it goes through its data. */
  readonly access: OperatorAccess;
  /**
   * What keeps attributes and shapes from fitting together; null if nothing does. The counts of
   * inputs and outputs have been checked.
   */
  readonly check: (attributes: Attributes, operands: Operands<Inputs>) => string | null;
  /**
   * What it moves, in the order in which kernels do; null if a list is not known. Whatever else it
   * writes, it writes when all of that is done.
   */
  readonly moves?: (
    attributes: Attributes,
    operands: Operands<Inputs>,
  ) => readonly Move[] | null;
  /**
   * Which rows of an image each row of its output is computed from; null if that is not known. Rows
   * come one after the other, image after image, and need nothing of the image once they are there.
   */
  readonly rows?: (attributes: Attributes, operands: Operands<Inputs>) => RowReads | null;
  /** Bytes that it keeps from run to run beside its tensors, zeros before the first; 0 if absent. */
  readonly keptBytes?: (attributes: Attributes, operands: Operands<Inputs>) => number;
  /** Bytes beside its tensors that it works in while it runs; 0 if absent. */
  readonly scratchBytes?: (attributes: Attributes, operands: Operands<Inputs>) => number;
  /** Whether it may end a run early: what comes behind it in the graph then does not run. */
  readonly mayEndRun?: boolean;
  /** Multiply-accumulates; 0 if absent. */
  readonly macs?: (attributes: Attributes, operands: Operands<Inputs>) => number;
}
