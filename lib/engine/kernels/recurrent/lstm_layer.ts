import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import { lstmInputs } from "../../../model/operators/unidirectional_sequence_lstm.ts";
import {
  hasVectors,
  type Layer,
  type LayerKernel,
  operatorOf,
  type PlacedTensor,
} from "../../layer.ts";
import { type EachGate, eachGate, type LstmTensors, lstmTensors } from "../../reference/lstm.ts";
import { copyRun, copyWords } from "../movement/copy_bytes.ts";
import { elementType } from "../scalar/layer_numbers.ts";
import { forRange, rangeOf, share } from "../walk/index_range.ts";

/** An LSTM: its operands by what they are for, and its extents. */
export interface LstmLayer {
  readonly layer: Layer;
  readonly x: PlacedTensor;
  readonly hidden: PlacedTensor;
  readonly cell: PlacedTensor;
  readonly output: PlacedTensor;
  readonly weights: EachGate<PlacedTensor>;
  readonly recurrent: EachGate<PlacedTensor>;
  readonly biases: EachGate<PlacedTensor>;
  readonly tensors: LstmTensors;
  readonly cellClip: number;
  readonly timeMajor: boolean;
  readonly batches: number;
  readonly steps: number;
  readonly depth: number;
  readonly units: number;
}

/** The layer as an LSTM; null if it is none. */
export function lstmLayer(layer: Layer): LstmLayer | null {
  const operator = operatorOf(layer, "UNIDIRECTIONAL_SEQUENCE_LSTM");
  if (operator === null) return null;
  const { inputs, outputs: [output] } = layer;
  const at = (index: number) => inputs[index]!;
  const { timeMajor, cellClip } = operator.attributes;
  const [first, second, depth] = at(lstmInputs.input).tensor.shape;
  const [steps, batches] = timeMajor ? [first, second] : [second, first];
  return {
    layer,
    x: at(lstmInputs.input),
    hidden: at(lstmInputs.hidden),
    cell: at(lstmInputs.cell),
    output,
    weights: eachGate((gate) => at(lstmInputs.inputWeights + gate)),
    recurrent: eachGate((gate) => at(lstmInputs.recurrentWeights + gate)),
    biases: eachGate((gate) => at(lstmInputs.biases + gate)),
    tensors: lstmTensors(inputs.map((each) => each?.tensor)),
    cellClip,
    timeMajor,
    batches,
    steps,
    depth,
    units: output.tensor.shape[2],
  };
}

/** Where a step of a sequence has its data: indices of first elements. */
export interface LstmStep {
  /** Of both states. */
  readonly state: Value;
  readonly data: Value;
  readonly result: Value;
}

/**
 * A kernel that goes through the sequences step by step. `units` stores a step's output and changes the
 * cell state; the output then becomes the state that the next step reads.
 */
export function lstmKernel(
  lstm: LstmLayer,
  { kernel, code, units: write }: {
    readonly kernel: string;
    readonly code: readonly KernelCode[];
    readonly units: (b: KernelBuilder, step: LstmStep) => void;
  },
): LayerKernel {
  const { layer, batches, steps, timeMajor, depth, units, output, hidden } = lstm;
  const { name, threads, step } = layer;
  const isParallel = threads > 1 && batches >= threads && step.form === "plain";
  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const range = isParallel ? share(thread, batches, threads) : rangeOf(0, batches);
  forRange(b, { name: "batch", range, isReverse: false }, (batch) => {
    const state = b.let("state", mul(batch, units));
    b.for("step", { until: steps }, (index) => {
      const row = timeMajor ? add(mul(index, batches), batch) : add(mul(batch, steps), index);
      const line = b.let("row", row);
      const data = b.let("data", mul(line, depth));
      const result = b.let("result", mul(line, units));
      write(b, { state, data, result });
      const copy = hasVectors(layer) ? copyRun : copyWords;
      copy(b, {
        from: { region: output.region, address: b.let("from", elementPointer(output, result)) },
        to: { region: hidden.region, address: b.let("to", elementPointer(hidden, state)) },
        bytes: units * elementType(output.tensor.dtype).bytes,
      });
    });
  });
  return {
    kernel,
    remarks: isParallel ? [`parallel batches over ${threads} threads`] : [],
    code: [b.finish(name), ...code],
    isParallel,
  };
}

/** A pointer to an element. */
export function elementPointer({ region, tensor }: PlacedTensor, index: Value): Value {
  return add(start(region), mul(index, elementType(tensor.dtype).bytes));
}
