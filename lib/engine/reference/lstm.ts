import { type QuantizedMultiplier, quantizeMultiplier } from "../../model/fixed_point.ts";
import {
  lstmGates,
  lstmInputs,
  type UnidirectionalSequenceLstmAttributes,
} from "../../model/operators/unidirectional_sequence_lstm.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import { checkBias } from "./arithmetic.ts";
import { clamp } from "./clamp.ts";
import { expectSameType, expectType, scaleOf } from "./expect.ts";
import type { TableInput } from "./sigmoid.ts";

/** A gate of an LSTM. */
export type LstmGate = typeof lstmGates[number];

/** Something for each gate. */
export type EachGate<T> = Readonly<Record<LstmGate, T>>;

/** Something for each gate, told by its number in the operator's inputs. */
export function eachGate<T>(tell: (index: number, gate: LstmGate) => T): EachGate<T> {
  return Object.fromEntries(lstmGates.map((gate, i) => [gate, tell(i, gate)])) as EachGate<T>;
}

/** The tensors of an LSTM by what they are for. */
export interface LstmTensors {
  readonly input: Tensor;
  readonly inputWeights: EachGate<Tensor>;
  readonly recurrentWeights: EachGate<Tensor>;
  readonly biases: EachGate<Tensor>;
  readonly hidden: Tensor;
  readonly cell: Tensor;
}

/** The tensors of the plain LSTM, which is the one that TensorFlow Lite Micro runs. */
export function lstmTensors(inputs: readonly (Tensor | undefined)[]): LstmTensors {
  const at = (index: number) => inputs[index]!;
  return {
    input: at(lstmInputs.input),
    inputWeights: eachGate((gate) => at(lstmInputs.inputWeights + gate)),
    recurrentWeights: eachGate((gate) => at(lstmInputs.recurrentWeights + gate)),
    biases: eachGate((gate) => at(lstmInputs.biases + gate)),
    hidden: at(lstmInputs.hidden),
    cell: at(lstmInputs.cell),
  };
}

/** Refuses variants, types and states that the arithmetic is not defined for. */
export function checkLstm(
  inputs: readonly (Tensor | undefined)[],
  output: Tensor,
  { activation }: UnidirectionalSequenceLstmAttributes,
): void {
  const has = (from: number, count: number) =>
    inputs.slice(from, from + count).some((tensor) => tensor !== undefined);
  const refuse = (what: string): never => {
    throw new EngineError(`${what}, needed a plain LSTM`);
  };
  const { inputWeights, recurrentWeights, biases, peepholes, projection, layerNorm } = lstmInputs;
  if ([inputWeights, recurrentWeights, biases].some((index) => inputs[index] === undefined)) {
    refuse("coupled input and forget gate (CIFG)");
  }
  if (has(peepholes, 3)) refuse("peephole connections");
  if (has(projection, 2)) refuse("a projection");
  if (has(layerNorm, 4)) refuse("layer normalization");
  if (activation !== "TANH") refuse(`activation ${activation} of the cell gate instead of TANH`);
  checkTypes(lstmTensors(inputs), output);
}

const BIAS_TYPES = { float32: "float32", int8: "int32", int16: "int64" } as const;

function checkTypes(tensors: LstmTensors, output: Tensor): void {
  const { input, hidden, cell, inputWeights, recurrentWeights, biases } = tensors;
  for (const [what, state] of Object.entries({ "output state": hidden, "cell state": cell })) {
    if (!state.isVariable) {
      throw new EngineError(`${what} "${state.name}" is not marked as a variable`);
    }
  }
  const dtype = expectSameType([input, hidden, output], ["float32", "int8", "int16"]);
  const isFloat = dtype === "float32";
  expectType("cell state", cell, [isFloat ? "float32" : "int16"]);
  for (const gate of lstmGates) {
    for (const weights of [inputWeights[gate], recurrentWeights[gate]]) {
      expectType(`weights of the ${gate} gate`, weights, [isFloat ? "float32" : "int8"]);
    }
    expectType(`bias of the ${gate} gate`, biases[gate], [
      BIAS_TYPES[dtype as keyof typeof BIAS_TYPES],
    ]);
    checkBias(biases[gate]);
  }
}

/** The integers of an LSTM's arithmetic. */
export interface LstmNumbers {
  /** From the sum over the input, and from that over the state before, to the gate's scale 2^-12. */
  readonly gates: EachGate<Readonly<Record<"input" | "recurrent", QuantizedMultiplier>>>;
  /** Forget gate (2^-15) times cell state, in the cell state's scale. */
  readonly kept: QuantizedMultiplier;
  /** Input gate times cell gate, in the cell state's scale. */
  readonly added: QuantizedMultiplier;
  /** Output gate times tanh of the cell state, in the output's scale. */
  readonly shown: QuantizedMultiplier;
  /** From the cell state to the scale of the table of tanh. */
  readonly cellInput: TableInput;
  /** Largest absolute value of the cell state; null: the type's. */
  readonly clip: number | null;
}

const GATE_SCALE = 2 ** -12;
const ACTIVATED_SCALE = 2 ** -15;

/** The factors of an LSTM of integers, worked out as TensorFlow Lite Micro does. */
export function lstmNumbers(tensors: LstmTensors, cellClip: number): LstmNumbers {
  const { input, hidden, cell, inputWeights, recurrentWeights } = tensors;
  const toGate = (x: Tensor, weights: Tensor) =>
    quantizeMultiplier(Math.fround(scaleOf(x) * scaleOf(weights)) / GATE_SCALE);
  const cellScale = scaleOf(cell);
  const shift = 12 + Math.round(Math.log2(cellScale));
  return {
    gates: eachGate((_, gate) => ({
      input: toGate(input, inputWeights[gate]),
      recurrent: toGate(hidden, recurrentWeights[gate]),
    })),
    kept: quantizeMultiplier(ACTIVATED_SCALE * cellScale / cellScale),
    added: quantizeMultiplier(ACTIVATED_SCALE * ACTIVATED_SCALE / cellScale),
    shown: quantizeMultiplier(ACTIVATED_SCALE * ACTIVATED_SCALE / scaleOf(hidden)),
    cellInput: shift < 0
      ? { multiplier: 3, shift: -shift }
      : { multiplier: 3 * 2 ** shift, shift: 0 },
    clip: cellClip > 0
      ? Math.trunc(clamp(Math.fround(cellClip) / cellScale, { min: -32768, max: 32767 }))
      : null,
  };
}
