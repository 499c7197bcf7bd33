import { checkModel } from "../../model/check_model.ts";
import { type ConstantArray, constantValues, zeroValues } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import { type RunState, runStateOf } from "../../model/run_state.ts";
import { elements } from "../../model/shape.ts";
import { graphsOf } from "../../model/subgraphs.ts";
import type { Tensor } from "../../model/tensor.ts";
import { initialState, type ReferenceState } from "./initial_state.ts";
import type { Kernel, NumberArray } from "./prepare.ts";
import { copyBytes } from "./bytes.ts";
import { prepareOperators } from "./prepare_operators.ts";

/**
 * Options of `runReference`.
 *
 * @category Reference interpreter
 */
export interface ReferenceOptions {
  /** What the run before left; `initialState(model)` if left out. It is not changed. */
  readonly state?: ReferenceState;
  /**
   * Called with every tensor of the main graph once its elements are known: inputs, then the outputs of
   * each operator and the state it leaves. The array is the interpreter's own: not to be changed, and to be copied
   * if it is kept.
   */
  readonly onTensor?: (index: number, values: ConstantArray) => void;
}

/**
 * What a run gives.
 *
 * @category Reference interpreter
 */
export interface ReferenceResult {
  /** Elements of the graph's outputs, in its order. */
  readonly outputs: readonly ConstantArray[];
  /** The state for the next run. */
  readonly state: ReferenceState;
}

/**
 * Runs the main graph, and the subgraphs that it runs, operator by operator, in plain TypeScript written from the definition of the
 * arithmetic: slow, and what faster engines are compared to. Integer results are those of TensorFlow
 * Lite Micro's reference kernels with double rounding (`TFLITE_SINGLE_ROUNDING=0`), bit for bit;
 * float32 is rounded after every operation. uint8, which TFLM leaves out, follows TFLite's.
 *
 * @param model The model; every tensor of the graph is kept until the end.
 * @param inputs One typed array for each graph input, of its type and number of elements.
 * @throws {EngineError} before anything runs, for an operator that is not supported, or not for its
 *   types and quantization (float32 activations with int8 weights, say).
 * @throws {ModelError} if the model is not consistent.
 * @throws {TypeError} for an input or state of the wrong type, or too many or too few of them.
 * @throws {RangeError} for one with the wrong number of elements, or NaN to be quantized.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { runReference, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-ad");
 * const { outputs: [output] } = runReference(model, [new Int8Array(640)]);
 * assert.equal(output.length, 640);
 * ```
 *
 * @category Reference interpreter
 */
export function runReference(
  model: Model,
  inputs: readonly ConstantArray[],
  options: ReferenceOptions = {},
): ReferenceResult {
  checkModel(model);
  const kernels = prepareOperators(model);
  if (inputs.length !== model.inputs.length) {
    throw new TypeError(`${inputs.length} inputs, needed ${model.inputs.length}`);
  }
  const state = copyState(model, options.state ?? initialState(model));
  model.inputs.forEach((tensor, i) => checkValues(`input ${i}`, inputs[i], model.tensors[tensor]));
  const { onTensor } = options;
  const outputs = runGraph(
    0,
    { model, kernels, state, found: runStateOf(model), onTensor },
    inputs,
  );
  return { outputs: outputs.map((values) => values.slice()), state };
}

/** What all graphs of a run have in common. */
interface ReferenceRun extends Pick<ReferenceOptions, "onTensor"> {
  readonly model: Model;
  readonly kernels: ReadonlyMap<number, readonly Kernel[]>;
  readonly state: ReferenceState;
  readonly found: RunState;
}

/** Runs a graph on its inputs' elements. */
function runGraph(
  graph: number,
  { onTensor, ...all }: ReferenceRun,
  inputs: readonly ConstantArray[],
): readonly ConstantArray[] {
  const { model, kernels, state, found } = all;
  const { tensors, operators, ...edges } = graphsOf(model)[graph];
  const values = new Map<number, ConstantArray>();
  edges.inputs.forEach((tensor, i) => {
    values.set(tensor, sameBytes(inputs[i], tensors[tensor]));
    onTensor?.(tensor, inputs[i]);
  });
  const stateAt = (tensor: number) => state.get(found.first[graph] + tensor);
  const valuesOf = (tensor: number) => {
    const known = stateAt(tensor) ?? values.get(tensor) ?? initialValues(tensors[tensor]);
    values.set(tensor, known);
    return known as NumberArray;
  };
  operators.forEach((operator, index) => {
    // The arithmetic of an operator never looks at an input that is left out.
    const operands = operator.inputs.map((tensor) => tensor === -1 ? NOTHING : valuesOf(tensor));
    const own = found.behind(graph, index);
    kernels.get(graph)![index](operands, operator.outputs.map(valuesOf), {
      state: own === undefined ? NOTHING : state.get(own) as NumberArray,
      // Copies: a graph may give what it was given, in another order.
      run: (callee, given) =>
        runGraph(callee, all, given.map((each) => each.slice())) as readonly NumberArray[],
    });
    const changed = operator.inputs.filter((tensor) => stateAt(tensor) !== undefined);
    for (const tensor of [...changed, ...operator.outputs]) onTensor?.(tensor, valuesOf(tensor));
  });
  return edges.outputs.map(valuesOf);
}

/** The same bytes in a type's array: a caller's tensor may be of another type. */
function sameBytes(values: ConstantArray, { dtype, shape }: Tensor): ConstantArray {
  const own = zeroValues(dtype, elements(shape));
  if (own.constructor === values.constructor) return values;
  copyBytes(values as NumberArray, own as NumberArray);
  return own;
}

const NOTHING = new Int8Array(0);

function initialValues(tensor: Tensor): ConstantArray {
  if (tensor.data !== null) return constantValues(tensor);
  return zeroValues(tensor.dtype, elements(tensor.shape));
}

function copyState(model: Model, state: ReferenceState): ReferenceState {
  const copies = new Map<number, ConstantArray>();
  runStateOf(model).tensors.forEach((tensor, index) => {
    const values = state.get(index);
    if (values === undefined) throw new TypeError(`no state for tensor ${index} "${tensor.name}"`);
    checkValues(`state of tensor ${index}`, values, tensor);
    copies.set(index, values.slice());
  });
  return copies;
}

function checkValues(what: string, values: ConstantArray, tensor: Tensor): void {
  const needed = zeroValues(tensor.dtype, 0);
  const found = Object.prototype.toString.call(values).slice("[object ".length, -1);
  if (found !== needed[Symbol.toStringTag]) {
    throw new TypeError(`${what} is ${found}, needed ${needed[Symbol.toStringTag]}`);
  }
  const count = elements(tensor.shape);
  if (values.length !== count) {
    throw new RangeError(
      `${what} has ${values.length} elements, needed ${count} for [${tensor.shape}]`,
    );
  }
}
