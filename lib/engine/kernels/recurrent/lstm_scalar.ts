import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, constant, mul, sub } from "../../../kernel/values.ts";
import type { Layer, LayerKernel, PlacedTensor } from "../../layer.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import { eachGate, type LstmGate } from "../../reference/lstm.ts";
import { elementType } from "../scalar/layer_numbers.ts";
import { scalarDot, type Stream } from "../scalar/scalar_dot.ts";
import { floatLstm, integerLstm, type LstmArithmetic } from "./lstm_arithmetic.ts";
import { elementPointer, lstmKernel, lstmLayer } from "./lstm_layer.ts";

/**
 * UNIDIRECTIONAL_SEQUENCE_LSTM, in scalars: unit by unit all four gates, the cell state, and the
 * output.
 */
export function lstmScalar(layer: Layer): LayerKernel | null {
  const lstm = lstmLayer(layer);
  if (lstm === null) return null;
  const { x, hidden, cell, output, weights, recurrent, tensors, cellClip, depth, units } = lstm;
  const { dtype } = x.tensor;
  const biases = eachGate((_, gate) => lstm.biases[gate].region);
  const arithmetic = dtype === "float32"
    ? floatLstm(layer, biases, cellClip)
    : integerLstm(layer, tensors, { biases, cellClip });
  const [type, cellType] = [output, cell].map(({ tensor }) => elementType(tensor.dtype));
  return lstmKernel(lstm, {
    kernel: `lstm ${dtype} scalar`,
    code: arithmetic.code,
    units: (b, { state, data, result }) => {
      b.for("unit", { until: units }, (unit) => {
        const dot = (from: PlacedTensor, first: Value, by: PlacedTensor, length: number) =>
          sumOf(b, arithmetic, { x: from, first, w: by, firstWeight: mul(unit, length), length });
        const gate = (gate: LstmGate) =>
          arithmetic.gate(b, gate, {
            own: dot(x, data, weights[gate], depth),
            other: dot(hidden, state, recurrent[gate], units),
            unit,
          });
        const [forget, input, next] = [gate("forget"), gate("input"), gate("cell")];
        const { region } = cell;
        const place = { region, address: b.let("c_at", elementPointer(cell, add(state, unit))) };
        const before = b.let("c", b.load(cellType.load, place));
        const c = arithmetic.remember(b, before, { forget, input, cell: next });
        b.store(cellType.store, place, c);
        const h = arithmetic.show(b, gate("output"), c);
        const to = { region: output.region, address: elementPointer(output, add(result, unit)) };
        b.store(type.store, to, h);
      });
    },
  });
}

function sumOf(
  b: KernelBuilder,
  { zero, multiplyAdd }: LstmArithmetic,
  { x, first, w, firstWeight, length }: {
    readonly x: PlacedTensor;
    readonly first: Value;
    readonly w: PlacedTensor;
    readonly firstWeight: Value;
    readonly length: number;
  },
): Value {
  const sum = b.let("sum", zero);
  const centred = ({ tensor }: PlacedTensor) => (value: Value) => {
    const zeroPoint = tensor.dtype === "float32" ? 0 : zeroPointOf(tensor);
    return zeroPoint === 0 ? value : sub(value, zeroPoint);
  };
  scalarDot(b, {
    sums: [[sum]],
    x: streamOf(b, x, first),
    w: streamOf(b, w, firstWeight),
    length: constant(length),
    unroll: 4,
    arithmetic: { multiplyAdd, centred: centred(x), centredWeight: centred(w) },
  });
  return sum;
}

function streamOf(b: KernelBuilder, operand: PlacedTensor, from: Value): Stream {
  const { load, bytes } = elementType(operand.tensor.dtype);
  const pointer = b.let("at", elementPointer(operand, from));
  return { region: operand.region, load, pointer, stepBytes: constant(bytes), apartBytes: 0 };
}
