// Random models of operators of one input: every type that each of them takes.
import * as fc from "fast-check";
import {
  type ConstantArray,
  type Dtype,
  elements,
  type Model,
  type OperatorName,
  zeroValues,
} from "../../mod.ts";
import { Numbers, type RandomLayer } from "../engine/random_layer.ts";
import { randomValues, scales, shapes, zeroPoints } from "../engine/random_tensor.ts";
import { single, tensor } from "../engine/single_operator.ts";

/** An operator with a type that it takes, and the type that it gives. */
export interface UnaryTypes {
  readonly op: OperatorName;
  readonly from: Dtype;
  readonly to: Dtype;
}

const FLOATS = [
  "NEG",
  "SQUARE",
  "SQRT",
  "EXP",
  "LOG",
  "SIN",
  "COS",
  "CEIL",
  "FLOOR",
  "ROUND",
] as const;

const castFrom = ["bool", "int8", "int16", "int32", "uint32", "float32"] as const;
const castTo = ["int8", "int16", "int32", "uint32", "float32"] as const;

function same(op: OperatorName, ...dtypes: readonly Dtype[]): UnaryTypes[] {
  return dtypes.map((dtype) => ({ op, from: dtype, to: dtype }));
}

/** What there is. */
export const unaryTypes: readonly UnaryTypes[] = [
  ...FLOATS.flatMap((op) => same(op, "float32")),
  ...same("ABS", "float32", "int8", "int16"),
  ...same("RSQRT", "float32", "int8", "int16"),
  ...same("ELU", "float32", "int8"),
  ...same("LOGICAL_NOT", "bool"),
  ...same("ZEROS_LIKE", "float32", "int8", "int32", "int64"),
  ...same("L2_NORMALIZATION", "float32", "int8"),
  ...same("LOG_SOFTMAX", "float32", "int8"),
  ...castFrom.flatMap((from) => castTo.map((to): UnaryTypes => ({ op: "CAST", from, to }))),
];

/** Random models of one operator, of small shapes. */
export function unaryLayers({ op, from, to }: UnaryTypes): fc.Arbitrary<RandomLayer> {
  const isQuantized = (from === "int8" || from === "int16") && op !== "CAST" && op !== "ZEROS_LIKE";
  const quantization = fc.tuple(
    scales(from === "int16" ? -11 : -5),
    from === "int16" ? fc.constant(0) : zeroPoints(from),
  );
  return fc.record({
    shape: shapes,
    input: quantization,
    output: quantization,
    isSame: fc.boolean(),
    seed: fc.integer(),
  }).map(({ shape, input, output, isSame, seed }) => {
    const result = op === "LOG_SOFTMAX" ? [1 / 16, 127] as const : isSame ? input : output;
    const tensors = {
      inputs: [tensor(from, shape, isQuantized ? input : null)],
      outputs: [tensor(to, shape, isQuantized ? result : null)],
    };
    const values = valuesFor(op, tensors.inputs[0], new Numbers(seed));
    return { model: modelOf(op, { from, to }, tensors), inputs: [values] };
  });
}

/** The model of an operator with the attributes that it has. */
function modelOf(
  op: OperatorName,
  { from, to }: { readonly from: Dtype; readonly to: Dtype },
  tensors: Parameters<typeof single>[2],
): Model {
  const attributes = op === "CAST"
    ? { inDataType: from, outDataType: to }
    : op === "L2_NORMALIZATION"
    ? { activation: "NONE" }
    : {};
  return single(op, attributes as never, tensors);
}

/** Elements of all kinds that an operator is defined for. */
function valuesFor(
  op: OperatorName,
  input: Parameters<typeof randomValues>[0] & {
    readonly quantization: { readonly zeroPoints: readonly number[] } | null;
  },
  random: Numbers,
): ConstantArray {
  const values = randomValues(input, random);
  if (values instanceof Float32Array) {
    for (let i = 0; i < values.length; i++) {
      if (op === "LOG" || op === "SQRT" || op === "RSQRT") values[i] = Math.abs(values[i]);
      // Rows of exponentials that differ by more have nothing but their maximum.
      if (op === "EXP") values[i] = values[i] % 8;
      if (random.below(8) === 0) values[i] *= 2 ** 20;
      if (op === "CAST" && random.below(8) === 0) values[i] *= 2 ** 44;
      if (op === "EXP") values[i] = values[i] % 8;
    }
    return values;
  }
  if (op !== "RSQRT") return values;
  const least = input.quantization!.zeroPoints[0];
  const copy = zeroValues(input.dtype, elements(input.shape));
  for (let i = 0; i < copy.length; i++) copy[i] = Math.max(least, Number(values[i]));
  return copy;
}
