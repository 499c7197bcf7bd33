import type { Operator } from "./operator.ts";
import type { ModelTail } from "./tail.ts";
import type { Tensor } from "./tensor.ts";

/**
 * A graph: tensors, and operators in an order in which they can run.
 *
 * @category Models
 */
export interface Subgraph {
  /** For people; may be empty. */
  readonly name: string;
  /** Every tensor; operators speak of them by index. */
  readonly tensors: readonly Tensor[];
  /** Operators in order of execution; each tensor is written by at most one. */
  readonly operators: readonly Operator[];
  /** Indices of the tensors that the caller fills. */
  readonly inputs: readonly number[];
  /** Indices of the tensors that the caller reads. */
  readonly outputs: readonly number[];
}

/**
 * A named blob that travels with a model (TFLM looks for `OfflineMemoryAllocation`).
 *
 * @category Models
 */
export interface Metadata {
  /** What it is. */
  readonly name: string;
  /** The bytes, not to be changed. */
  readonly data: Uint8Array;
}

/**
 * Names that callers use for the tensors of a subgraph (TensorFlow's SignatureDef).
 *
 * @category Models
 */
export interface Signature {
  /** Name of the signature, as a rule `serving_default`. */
  readonly key: string;
  /** 0 for the model itself, i for `otherSubgraphs[i - 1]`. */
  readonly subgraphIndex: number;
  /** Argument name -> tensor index, in the file's order. */
  readonly inputs: readonly NamedTensor[];
  /** Result name -> tensor index, in the file's order. */
  readonly outputs: readonly NamedTensor[];
}

/**
 * A tensor under the name that a signature gives it.
 *
 * @category Models
 */
export interface NamedTensor {
  /** The caller's name. */
  readonly name: string;
  /** Index into the subgraph's tensors. */
  readonly tensor: number;
}

/**
 * A neural network as plain, immutable data: the main graph, and what travels with it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Model, readModel, writeModel } from "tinyloom";
 *
 * const activation = { dtype: "int8", shape: [1, 4], data: null, isVariable: false } as const;
 * const quantization = { scales: [0.5], zeroPoints: [0], axis: 0 };
 * const model: Model = {
 *   name: "relu",
 *   description: "",
 *   tensors: [
 *     { ...activation, name: "x", quantization },
 *     { ...activation, name: "y", quantization },
 *   ],
 *   operators: [{ op: "RELU", inputs: [0], outputs: [1], version: 2, attributes: {} }],
 *   inputs: [0],
 *   outputs: [1],
 *   metadata: [],
 *   signatures: [],
 *   otherSubgraphs: [],
 *   lost: [],
 * };
 * assert.deepEqual(readModel(writeModel(model)), model);
 * ```
 *
 * @category Models
 */
export interface Model extends Subgraph {
  /** What the file says of itself; may be empty. */
  readonly description: string;
  /** Named blobs. */
  readonly metadata: readonly Metadata[];
  /** Names of inputs and outputs for callers. */
  readonly signatures: readonly Signature[];
  /** Subgraphs after the first, which WHILE, IF and CALL_ONCE run: index 1 is at 0. */
  readonly otherSubgraphs: readonly Subgraph[];
  /**
   * What the file holds and this model does not (sparsity, options newer than the known schema),
   * each in words. Such a model can be planned but not written.
   */
  readonly lost: readonly string[];
  /**
   * What was wrong with the file but does no harm, each in words: where, what, and what was done about
   * it. Absent if nothing was.
   */
  readonly warnings?: readonly string[];
  /** Files that travel with the model by name, such as `labels.txt`; absent if there are none. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** The bytes behind the model that hold `files`; they are written back. Absent if there are none. */
  readonly tail?: ModelTail;
  /** Blobs of the old list of metadata, which has no names; absent if there are none. */
  readonly oldMetadata?: readonly Uint8Array[];
}
