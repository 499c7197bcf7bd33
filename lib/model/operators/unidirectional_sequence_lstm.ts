import type { ActivationAttributes } from "../attributes.ts";
import type { InputTensors, Operands, OperatorDefinition } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { differ, expectShape, rankFault, sameShape } from "../shape_faults.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Attributes of UNIDIRECTIONAL_SEQUENCE_LSTM.
 *
 * @category Models
 */
export interface UnidirectionalSequenceLstmAttributes extends ActivationAttributes {
  /** Largest absolute value of the cell state; 0: no limit. */
  readonly cellClip: number;
  /** Largest absolute value of a projection; 0: no limit. */
  readonly projClip: number;
  /** The first dimension counts time steps, the second batches; else the other way round. */
  readonly timeMajor: boolean;
  /** Weights-only quantization: quantize the input asymmetrically at run time. */
  readonly asymmetricQuantizeInputs: boolean;
  /** Recurrent weights are the diagonals of matrices. */
  readonly diagonalRecurrentTensors: boolean;
}

/** Where the inputs of a kind begin; those of gates stand in the order of {@link lstmGates}. */
export const lstmInputs = {
  input: 0,
  inputWeights: 1,
  recurrentWeights: 5,
  peepholes: 9,
  biases: 12,
  projection: 16,
  hidden: 18,
  cell: 19,
  layerNorm: 20,
} as const;

/** The gates in the order of their tensors. */
export const lstmGates = ["input", "forget", "cell", "output"] as const;

/** UNIDIRECTIONAL_SEQUENCE_LSTM. */
export const unidirectionalSequenceLstm: OperatorDefinition<
  UnidirectionalSequenceLstmAttributes,
  InputTensors
> = {
  description:
    "Long short-term memory over a sequence; inputs: data, weights, biases, states, the rest -1",
  optionTable: "UnidirectionalSequenceLSTMOptions",
  inputs: 24,
  // Input gate (left out where it is coupled to the forget gate), peepholes, projection, layer norm.
  mayBeMissing: [1, 5, 9, 10, 11, 12, 16, 17, 20, 21, 22, 23],
  access: { kind: "none" },
  check: shapeFault,
  // Every weight once in each step of each sequence.
  macs: (_, { inputs }) => {
    const { input, inputWeights, peepholes, projection } = lstmInputs;
    const matrices = [...inputs.slice(inputWeights, peepholes), inputs[projection]];
    const weights = matrices.reduce((sum, each) => sum + (each ? elements(each.shape) : 0), 0);
    const [first, second] = inputs[input]!.shape;
    return first * second * weights;
  },
};

function shapeFault(
  { timeMajor }: UnidirectionalSequenceLstmAttributes,
  { inputs, outputs: [output] }: Operands<InputTensors>,
): string | null {
  const [input, hidden, cell] = [lstmInputs.input, lstmInputs.hidden, lstmInputs.cell]
    .map((index) => inputs[index]!);
  const forget = inputs[lstmInputs.inputWeights + 1]!;
  const fault = rankFault("input", input, 3) ?? rankFault("output state", hidden, 2) ??
    rankFault("weights", forget, 2);
  if (fault !== null) return fault;
  const [first, second, depth] = input.shape;
  const batches = timeMajor ? second : first;
  const [cells, outputs] = [forget.shape[0], hidden.shape[1]];
  const shapes = [
    ...lstmGates.map((_, gate) => [lstmInputs.inputWeights + gate, [cells, depth]] as const),
    ...lstmGates.map((_, gate) => [lstmInputs.recurrentWeights + gate, [cells, outputs]] as const),
    ...lstmGates.map((_, gate) => [lstmInputs.biases + gate, [cells]] as const),
    [lstmInputs.projection, [outputs, cells]] as const,
  ];
  for (const [index, shape] of shapes) {
    const tensor = inputs[index];
    if (tensor && !sameShape(tensor.shape, shape)) {
      return `input ${index} of shape [${tensor.shape}], needed [${shape}]`;
    }
  }
  if (!inputs[lstmInputs.projection] && differ(cells, outputs)) {
    return `output state [${hidden.shape}] of ${cells} cells without a projection`;
  }
  return stateFault("output state", hidden, batches * outputs) ??
    stateFault("cell state", cell, batches * cells) ??
    expectShape(output, [first, second, outputs]);
}

function stateFault(what: string, state: Tensor, count: number): string | null {
  if (!differ(elements(state.shape), count)) return null;
  return `${what} of shape [${state.shape}], needed ${count} elements`;
}
