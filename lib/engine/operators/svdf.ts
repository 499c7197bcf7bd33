import type { Activation } from "../../model/attributes.ts";
import { multiplyByQuantizedMultiplier } from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { svdfScalar } from "../kernels/scalar/svdf_scalar.ts";
import { clamp } from "../reference/clamp.ts";
import { expectType, integerRange, zeroPointOf } from "../reference/expect.ts";
import { svdfFactors } from "../reference/factors.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/**
 * A low-rank filter over time (Nakkiran et al., Interspeech 2015). The state holds, for every filter,
 * the products of its feature weights with the last inputs, oldest first; an output is the sum, over
 * its `rank` filters, of the products of state and time weights.
 */
export const svdf: EngineOperator<"SVDF"> = {
  types: ["float32", "int8"],
  reference: prepareSvdf,
  kernels: [svdfScalar],
};

function prepareSvdf(
  { attributes, inputs, outputs: [output] }: Operation<"SVDF">,
): ReferenceKernel {
  const [input, feature, time, bias, state] = inputs;
  if (!state.isVariable) {
    throw new EngineError(`state tensor "${state.name}" is not marked as a variable`);
  }
  const { store, weigh, finish } = input.dtype === "float32"
    ? floatArithmetic(
      [input, feature, time, state, output, ...bias === undefined ? [] : [bias]],
      attributes.activation,
    )
    : integerArithmetic([input, feature, time, state, output], inputs.at(3));
  const [batches, depth] = input.shape;
  const [filters, memory] = time.shape;
  const { rank } = attributes;
  const units = filters / rank;
  return ([x, f, t, b, s], [y]) => {
    for (let n = 0; n < batches; n++) {
      const rows = Array.from({ length: filters }, (_, filter) => {
        const row = s.subarray(
          (n * filters + filter) * memory,
          (n * filters + filter + 1) * memory,
        );
        row.copyWithin(0, 1);
        row[memory - 1] = store(
          x.subarray(n * depth, (n + 1) * depth),
          f.subarray(filter * depth, (filter + 1) * depth),
        );
        return weigh(row, t.subarray(filter * memory, (filter + 1) * memory));
      });
      for (let unit = 0; unit < units; unit++) {
        const start = bias === undefined ? 0 : b[unit];
        y[n * units + unit] = finish(start, rows.slice(unit * rank, (unit + 1) * rank));
      }
    }
  };
}

interface SvdfArithmetic {
  /** The newest element of the state, from inputs and feature weights. */
  readonly store: (inputs: ArrayLike<number>, weights: ArrayLike<number>) => number;
  /** The sum of products of state and time weights. */
  readonly weigh: (state: ArrayLike<number>, weights: ArrayLike<number>) => number;
  /** The output, from the bias and the sums of its filters. */
  readonly finish: (bias: number, sums: readonly number[]) => number;
}

function floatArithmetic(tensors: readonly Tensor[], activation: Activation): SvdfArithmetic {
  for (const tensor of tensors) expectType(`tensor "${tensor.name}"`, tensor, ["float32"]);
  const f = Math.fround;
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum = f(sum + f(a[i] * b[i]));
    return sum;
  };
  return {
    store: dot,
    weigh: dot,
    finish: (bias, sums) => ACTIVATE[activation](sums.reduce((total, sum) => f(total + sum), bias)),
  };
}

const ACTIVATE: Readonly<Record<Activation, (x: number) => number>> = {
  NONE: (x) => x,
  RELU: (x) => Math.max(0, x),
  RELU_N1_TO_1: (x) => clamp(x, { min: -1, max: 1 }),
  RELU6: (x) => clamp(x, { min: 0, max: 6 }),
  TANH: Math.tanh,
  SIGN_BIT: (x) => x < 0 || Object.is(x, -0) ? 1 : 0,
};

/** Integers: the fused activation is in the output's range; TFLM clamps to the type's only. */
function integerArithmetic(tensors: readonly Tensor[], bias: Tensor | undefined): SvdfArithmetic {
  const [input, feature, time, state, output] = tensors;
  for (const tensor of [input, feature, output]) {
    expectType(`tensor "${tensor.name}"`, tensor, ["int8"]);
  }
  expectType("time weights", time, ["int8", "int16"]);
  expectType("state", state, [time.dtype]);
  if (bias !== undefined) expectType("bias", bias, ["int32"]);
  const { stateFactor, factor } = svdfFactors({ input, feature, time, state, output });
  const [zeroIn, zeroState, zeroOut] = [input, state, output].map(zeroPointOf);
  const stateRange = integerRange(state.dtype);
  const range = integerRange(output.dtype);
  return {
    store: (inputs, weights) => {
      const sum = dotInteger(inputs, weights, zeroIn);
      return zeroState + clamp(multiplyByQuantizedMultiplier(sum, stateFactor), stateRange);
    },
    weigh: (row, weights) => dotInteger(row, weights, zeroState),
    finish: (start, sums) => {
      const sum = sums.reduce((total, one) => (total + one) | 0, start);
      return clamp(multiplyByQuantizedMultiplier(sum, factor) + zeroOut, range);
    },
  };
}

/** Sum of `(a - zeroPoint) b` in an int32 that wraps. */
function dotInteger(a: ArrayLike<number>, b: ArrayLike<number>, zeroPoint: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - zeroPoint) * b[i];
  return sum | 0;
}
