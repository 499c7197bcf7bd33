import type { Value } from "../../../kernel/kernel.ts";
import { KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, constant, mul, sub } from "../../../kernel/values.ts";
import { lstmInputs } from "../../../model/operators/unidirectional_sequence_lstm.ts";
import { type Layer, type LayerKernel, type Operand, operatorOf } from "../../layer.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import { eachGate, type LstmGate, lstmTensors } from "../../reference/lstm.ts";
import { elementType } from "../scalar/layer_numbers.ts";
import { scalarDot, type Stream } from "../scalar/scalar_dot.ts";
import { forRange, rangeOf, share } from "../walk/index_range.ts";
import { floatLstm, integerLstm } from "./lstm_arithmetic.ts";

/**
 * UNIDIRECTIONAL_SEQUENCE_LSTM, in scalars: unit by unit all four gates, the cell state, and the
 * output, which becomes the state that the next step reads once all units are done.
 */
export function lstmScalar(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "UNIDIRECTIONAL_SEQUENCE_LSTM");
  if (operator === null) return null;
  const { name, inputs, outputs: [output], threads, step } = layer;
  const at = (index: number) => inputs[index]!;
  const [x, hidden, cell] = [lstmInputs.input, lstmInputs.hidden, lstmInputs.cell].map(at);
  const [weights, recurrent, biases] = [
    lstmInputs.inputWeights,
    lstmInputs.recurrentWeights,
    lstmInputs.biases,
  ].map((first) => eachGate((gate) => at(first + gate)));
  const { timeMajor, cellClip } = operator.attributes;
  const [first, second, depth] = x.tensor.shape;
  const [steps, batches] = timeMajor ? [first, second] : [second, first];
  const units = output.tensor.shape[2];
  const tensors = lstmTensors(inputs.map((each) => each?.tensor));
  const { dtype } = x.tensor;
  const regions = eachGate((_, gate) => biases[gate].region);
  const arithmetic = dtype === "float32"
    ? floatLstm(layer, regions, cellClip)
    : integerLstm(layer, tensors, { biases: regions, cellClip });
  const isParallel = threads > 1 && batches >= threads && step.form === "plain";
  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const range = isParallel ? share(thread, batches, threads) : rangeOf(0, batches);
  const [type, cellType] = [output, cell].map(({ tensor }) => elementType(tensor.dtype));

  const dot = (data: Operand, from: Value, by: Operand, unit: Value, length: number) => {
    const sum = b.let("sum", arithmetic.zero);
    const zeroOf = ({ tensor }: Operand) => dtype === "float32" ? 0 : zeroPointOf(tensor);
    const centred = (zero: number) => (value: Value) => zero === 0 ? value : sub(value, zero);
    scalarDot(b, {
      sums: [[sum]],
      x: streamOf(b, data, from),
      w: streamOf(b, by, mul(unit, length)),
      length: constant(length),
      unroll: 4,
      arithmetic: {
        multiplyAdd: arithmetic.multiplyAdd,
        centred: centred(zeroOf(data)),
        centredWeight: centred(zeroOf(by)),
      },
    });
    return sum;
  };

  forRange(b, { name: "batch", range, isReverse: false }, (batch) => {
    const state = b.let("state", mul(batch, units));
    b.for("step", { until: steps }, (index) => {
      const row = b.let(
        "row",
        timeMajor ? add(mul(index, batches), batch) : add(mul(batch, steps), index),
      );
      const [data, result] = [b.let("data", mul(row, depth)), b.let("result", mul(row, units))];
      b.for("unit", { until: units }, (unit) => {
        const gate = (gate: LstmGate) =>
          arithmetic.gate(b, gate, {
            own: dot(x, data, weights[gate], unit, depth),
            other: dot(hidden, state, recurrent[gate], unit, units),
            unit,
          });
        const [forget, input, next] = [gate("forget"), gate("input"), gate("cell")];
        const place = {
          region: cell.region,
          address: b.let("c_at", placeOf(cell, add(state, unit))),
        };
        const before = b.let("c", b.load(cellType.load, place));
        const c = arithmetic.remember(b, before, { forget, input, cell: next });
        b.store(cellType.store, place, c);
        const h = arithmetic.show(b, gate("output"), c);
        const to = { region: output.region, address: placeOf(output, add(result, unit)) };
        b.store(type.store, to, h);
      });
      b.for("unit", { until: units }, (unit) => {
        const from = { region: output.region, address: placeOf(output, add(result, unit)) };
        const to = { region: hidden.region, address: placeOf(hidden, add(state, unit)) };
        b.store(type.store, to, b.load(type.load, from));
      });
    });
  });
  return {
    kernel: `lstm ${dtype} scalar`,
    remarks: isParallel ? [`parallel batches over ${threads} threads`] : [],
    code: [b.finish(name), ...arithmetic.code],
    isParallel,
  };
}

function placeOf({ region, tensor }: Operand, index: Value): Value {
  return add(start(region), mul(index, elementType(tensor.dtype).bytes));
}

function streamOf(b: KernelBuilder, operand: Operand, from: Value): Stream {
  const { load, bytes } = elementType(operand.tensor.dtype);
  const pointer = b.let("at", placeOf(operand, from));
  return { region: operand.region, load, pointer, stepBytes: constant(bytes), apartBytes: 0 };
}
