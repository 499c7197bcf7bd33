import { throwIfStopped } from "../../host.ts";
import {
  multiplyByQuantizedMultiplier,
  multiplyInt64ByQuantizedMultiplier,
  type QuantizedMultiplier,
} from "../../model/fixed_point.ts";
import { lstmInputs } from "../../model/operators/unidirectional_sequence_lstm.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { lstmScalar } from "../kernels/recurrent/lstm_scalar.ts";
import { lstmVectors } from "../kernels/recurrent/lstm_vectors.ts";
import { clamp, LARGEST_FLOAT } from "../reference/clamp.ts";
import { integerRange, zeroPointOf } from "../reference/expect.ts";
import {
  checkLstm,
  eachGate,
  type LstmGate,
  lstmNumbers,
  type LstmTensors,
  lstmTensors,
} from "../reference/lstm.ts";
import type { NumberArray, Operation, ReferenceKernel } from "../reference/prepare.ts";
import {
  logisticFloat,
  logisticFromTable,
  tanhFromTable,
  toTableScale,
} from "../reference/sigmoid.ts";

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997, with a forget gate): step by step
 * `c = f c + i g` and `h = o tanh(c)`, where the gates f, i and o are logistic functions, and g is
 * tanh, of a sum over the input and a sum over h of the step before. Both states outlast the run.
 */
export const unidirectionalSequenceLstm: EngineOperator<"UNIDIRECTIONAL_SEQUENCE_LSTM"> = {
  types: ["float32", "int8", "int16"],
  reference: prepareLstm,
  hasVectors: true,
  kernels: [lstmVectors, lstmScalar],
};

function prepareLstm(
  { attributes, inputs, outputs: [output] }: Operation<"UNIDIRECTIONAL_SEQUENCE_LSTM">,
): ReferenceKernel {
  checkLstm(inputs, output, attributes);
  const tensors = lstmTensors(inputs);
  const arithmetic = tensors.input.dtype === "float32"
    ? floatArithmetic(attributes.cellClip)
    : integerArithmetic(tensors, attributes.cellClip);
  const [first, second, depth] = tensors.input.shape;
  const { timeMajor } = attributes;
  const [steps, batches] = timeMajor ? [first, second] : [second, first];
  const units = output.shape[2];
  return (operands, [y]) => {
    const { input, inputWeights, recurrentWeights, biases, hidden, cell } = lstmInputs;
    const [x, h, c] = [operands[input], operands[hidden], operands[cell]];
    const weights = eachGate((gate) => ({
      input: operands[inputWeights + gate],
      recurrent: operands[recurrentWeights + gate],
      bias: operands[biases + gate],
    }));
    for (let n = 0; n < batches; n++) {
      const before = h.subarray(n * units, (n + 1) * units);
      for (let t = 0; t < steps; t++) {
        throwIfStopped();
        const row = timeMajor ? t * batches + n : n * steps + t;
        const data = x.subarray(row * depth, (row + 1) * depth);
        const result = y.subarray(row * units, (row + 1) * units);
        for (let unit = 0; unit < units; unit++) {
          const gate = (name: LstmGate) => {
            const { input: w, recurrent: r, bias } = weights[name];
            return arithmetic.gate(name, {
              data,
              weights: w.subarray(unit * depth, (unit + 1) * depth),
              before,
              recurrent: r.subarray(unit * units, (unit + 1) * units),
              bias: bias[unit],
            });
          };
          const at = n * units + unit;
          c[at] = arithmetic.remember(gate("forget"), c[at], gate("input"), gate("cell"));
          result[unit] = arithmetic.show(gate("output"), c[at]);
        }
        before.set(result);
      }
    }
  };
}

/** What a gate of a unit is made from. */
interface GateSums {
  readonly data: NumberArray;
  readonly weights: NumberArray;
  readonly before: NumberArray;
  readonly recurrent: NumberArray;
  readonly bias: number | bigint;
}

interface LstmArithmetic {
  /** A gate, activated. */
  readonly gate: (name: LstmGate, sums: GateSums) => number;
  /** The cell state from forget gate, cell state before, input gate and cell gate. */
  readonly remember: (forget: number, cell: number, input: number, next: number) => number;
  /** The output from output gate and cell state. */
  readonly show: (output: number, cell: number) => number;
}

function floatArithmetic(cellClip: number): LstmArithmetic {
  const f = Math.fround;
  const finite = (x: number) => clamp(x, { min: -LARGEST_FLOAT, max: LARGEST_FLOAT });
  const clip = cellClip > 0 ? cellClip : Infinity;
  const dot = (a: NumberArray, b: NumberArray) => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum = f(sum + f(a[i] * b[i]));
    return sum;
  };
  return {
    gate: (name, { data, weights, before, recurrent, bias }) => {
      const own = finite(f(dot(data, weights) + Number(bias)));
      const x = f(own + finite(dot(before, recurrent)));
      return name === "cell" ? f(Math.tanh(x)) : logisticFloat(x);
    },
    remember: (forget, cell, input, next) =>
      clamp(f(f(forget * cell) + f(input * next)), { min: -clip, max: clip }),
    show: (output, cell) => f(f(Math.tanh(cell)) * output),
  };
}

function integerArithmetic(tensors: LstmTensors, cellClip: number): LstmArithmetic {
  const { input, hidden, inputWeights, recurrentWeights } = tensors;
  const { gates, kept, added, shown, cellInput, clip } = lstmNumbers(tensors, cellClip);
  const int16 = integerRange("int16");
  const range = integerRange(hidden.dtype);
  const [zeroIn, zeroOut] = [input, hidden].map(zeroPointOf);
  const dot = (a: NumberArray, zeroA: number, b: NumberArray, zeroB: number) => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += (a[i] - zeroA) * (b[i] - zeroB);
    return sum;
  };
  // Sums of int16 have 64 bits, those of int8 wrap at 32.
  const rescale = input.dtype === "int16"
    ? multiplyInt64ByQuantizedMultiplier
    : (sum: number, factor: QuantizedMultiplier) => multiplyByQuantizedMultiplier(sum | 0, factor);
  const clipped = clip === null ? int16 : { min: -clip, max: clip };
  return {
    gate: (name, { data, weights, before, recurrent, bias }) => {
      const own = dot(data, zeroIn, weights, zeroPointOf(inputWeights[name])) + Number(bias);
      const other = dot(before, zeroOut, recurrent, zeroPointOf(recurrentWeights[name]));
      const sum = clamp(rescale(own, gates[name].input), int16) +
        clamp(rescale(other, gates[name].recurrent), int16);
      const x = 3 * clamp(sum, int16);
      return name === "cell" ? tanhFromTable(x) : logisticFromTable(x);
    },
    remember: (forget, cell, input, next) => {
      const old = clamp(multiplyByQuantizedMultiplier(forget * cell, kept), int16);
      const sum = old + clamp(multiplyByQuantizedMultiplier(input * next, added), int16);
      return clamp(clamp(sum, int16), clipped);
    },
    show: (output, cell) => {
      const activated = tanhFromTable(toTableScale(cell, cellInput));
      const value = multiplyByQuantizedMultiplier(activated * output, shown);
      return clamp(value + zeroOut, range);
    },
  };
}
