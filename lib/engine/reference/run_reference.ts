import { lookedAfter, throwIfStopped } from "../../host.ts";
import { checkArguments, checkOptions } from "../../check_arguments.ts";
import { checkModel } from "../../model/check_model.ts";
import { type ConstantArray, constantValues, zeroValues } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import { type RunState, runStateOf } from "../../model/run_state.ts";
import { elements } from "../../model/shape.ts";
import { graphsOf } from "../../model/subgraphs.ts";
import type { Tensor } from "../../model/tensor.ts";
import { initialState, type ReferenceState, type StateKey } from "./initial_state.ts";
import { copyBytes } from "./bytes.ts";
import type { NumberArray } from "./prepare.ts";
import { type PreparedGraphs, prepareOperators } from "./prepare_operators.ts";
import { preparedModel } from "./prepared_model.ts";

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
  /** Ends the run between two operators, or two rows of one. */
  readonly signal?: AbortSignal;
}

/**
 * How a run ended.
 *
 * @category Reference interpreter
 */
export type RunStatus = "complete" | "aborted";

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
  /**
   * "aborted": an operator ended the run early (CIRCULAR_BUFFER does until enough has come in). What
   * comes behind it did not run, and the outputs are those of the run before, zeros at first.
   */
  readonly status: RunStatus;
}

/**
 * Runs the main graph, and the subgraphs that it runs, operator by operator, in plain TypeScript written from the definition of the
 * arithmetic: slow, and what faster engines are compared to. Integer results are those of TensorFlow
 * Lite Micro's reference kernels with double rounding (`TFLITE_SINGLE_ROUNDING=0`), bit for bit;
 * float32 is rounded after every operation. uint8, which TFLM leaves out, follows TFLite's.
 *
 * @param given The model; every tensor of the graph is kept until the end.
 * @param inputs One typed array for each graph input, of its type and number of elements.
 * @throws {EngineError} before anything runs, for an operator that is not supported, or not for its
 *   types and quantization (float32 activations with int8 weights, say); while it runs, for indices and
 *   axes that are out of range, for integers that are divided by 0, and a FLOOR_DIV by 0.
 * @throws {DOMException} named `AbortError`, if the signal ends the run.
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
  given: Model,
  inputs: readonly ConstantArray[],
  options: ReferenceOptions = {},
): ReferenceResult {
  checkOptions("runReference", options, "state onTensor signal");
  checkArguments("runReference", { model: given });
  return lookedAfter(null, () => runModel(given, inputs, options), { signal: options.signal });
}

function runModel(
  given: Model,
  inputs: readonly ConstantArray[],
  options: ReferenceOptions,
): ReferenceResult {
  checkModel(given);
  const model = preparedModel(given);
  const kernels = prepareOperators(model);
  if (inputs.length !== model.inputs.length) {
    throw new TypeError(`${inputs.length} inputs, needed ${model.inputs.length}`);
  }
  const state = copyState(model, options.state ?? initialState(model));
  model.inputs.forEach((tensor, i) => checkValues(`input ${i}`, inputs[i], model.tensors[tensor]));
  const { onTensor } = options;
  const all = { model, kernels, state, found: runStateOf(model), onTensor };
  const { outputs, isEnd } = runGraph(0, all, inputs);
  const status = isEnd ? "aborted" : "complete";
  return { outputs: outputs.map((values) => values.slice()), state, status };
}

/** What all graphs of a run have in common. */
interface ReferenceRun extends Pick<ReferenceOptions, "onTensor"> {
  readonly model: Model;
  readonly kernels: PreparedGraphs;
  readonly state: ReferenceState;
  readonly found: RunState;
}

/** Runs a graph on its inputs' elements. */
function runGraph(
  graph: number,
  { onTensor, ...all }: ReferenceRun,
  inputs: readonly ConstantArray[],
): { readonly outputs: readonly ConstantArray[]; readonly isEnd: boolean } {
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
  const isEnd = operators.some((operator, index) => {
    throwIfStopped();
    // The arithmetic of an operator never looks at an input that is left out.
    const operands = operator.inputs.map((tensor) => tensor === -1 ? NOTHING : valuesOf(tensor));
    const own = found.behind(graph, index);
    const kept = state.get(`operator ${found.firstOperator[graph] + index}`);
    const end = kernels.get(graph)![index]?.(operands, operator.outputs.map(valuesOf), {
      state: own === undefined ? NOTHING : state.get(own) as NumberArray,
      kept: kept as Uint8Array | undefined ?? NO_BYTES,
      // Copies: a graph may give what it was given, in another order.
      run: (callee, given) =>
        runGraph(callee, all, given.map((each) => each.slice())).outputs as readonly NumberArray[],
    });
    const changed = operator.inputs.filter((tensor) => stateAt(tensor) !== undefined);
    for (const tensor of [...changed, ...operator.outputs]) onTensor?.(tensor, valuesOf(tensor));
    return end === "end";
  });
  return { outputs: edges.outputs.map(valuesOf), isEnd };
}

/** The same bytes in a type's array: a caller's tensor may be of another type. */
function sameBytes(values: ConstantArray, { dtype, shape }: Tensor): ConstantArray {
  const own = zeroValues(dtype, elements(shape));
  if (own.constructor === values.constructor) return values;
  copyBytes(values as NumberArray, own as NumberArray);
  return own;
}

const NOTHING = new Int8Array(0);
const NO_BYTES = new Uint8Array(0);

function initialValues(tensor: Tensor): ConstantArray {
  if (tensor.data !== null) return constantValues(tensor);
  return zeroValues(tensor.dtype, elements(tensor.shape));
}

function copyState(model: Model, state: ReferenceState): ReferenceState {
  const copies = new Map<StateKey, ConstantArray>();
  const { tensors } = runStateOf(model);
  for (const [key, initial] of initialState(model)) {
    const of = typeof key === "number" ? `tensor ${key} "${tensors.get(key)!.name}"` : key;
    const values = state.get(key);
    if (values === undefined) throw new TypeError(`no state for ${of}`);
    checkLike(`state of ${of}`, values, initial);
    copies.set(key, values.slice());
  }
  return copies;
}

function checkValues(what: string, values: ConstantArray, { dtype, shape }: Tensor): void {
  checkLike(what, values, zeroValues(dtype, elements(shape)), ` for [${shape}]`);
}

/** Refuses elements of another type or number. */
function checkLike(what: string, values: ConstantArray, needed: ConstantArray, place = ""): void {
  const found = Object.prototype.toString.call(values).slice("[object ".length, -1);
  if (found !== needed[Symbol.toStringTag]) {
    throw new TypeError(`${what} is ${found}, needed ${needed[Symbol.toStringTag]}`);
  }
  if (values.length !== needed.length) {
    throw new RangeError(`${what} has ${values.length} elements, needed ${needed.length}${place}`);
  }
}
