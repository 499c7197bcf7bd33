// Models of one operator, written down in a line.
import {
  type ConstantArray,
  type Dtype,
  type Model,
  type ModelTensor,
  type OperatorAttributes,
  type OperatorName,
  runReference,
  type TypedOperator,
} from "../../mod.ts";

/** A tensor: type, shape, and scale and zero point where it is quantized. */
export function tensor(
  dtype: Dtype,
  shape: readonly number[],
  quantization: readonly [scale: number, zeroPoint: number] | null = null,
): ModelTensor {
  return {
    name: "",
    dtype,
    shape,
    quantization: quantization === null
      ? null
      : { scales: [quantization[0]], zeroPoints: [quantization[1]], axis: 0 },
    data: null,
    isVariable: false,
  };
}

/** A constant tensor. */
export function constant(
  dtype: Dtype,
  values: ConstantArray,
  { shape = [values.length], ...rest }: Partial<Pick<ModelTensor, "shape" | "quantization">> = {},
): ModelTensor {
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { ...tensor(dtype, shape), ...rest, data };
}

/** An int32 list: axes, paddings, sizes. */
export function list(...values: number[]): ModelTensor {
  return constant("int32", Int32Array.from(values));
}

/** A model of one operator: its inputs that are neither constants nor state are the graph's. */
export function single<Name extends OperatorName>(
  op: Name,
  attributes: OperatorAttributes[Name],
  { inputs, outputs }: {
    readonly inputs: readonly (ModelTensor | null)[];
    readonly outputs: readonly ModelTensor[];
  },
): Model {
  const present = inputs.filter((input) => input !== null);
  const operator: TypedOperator<Name> = {
    op,
    attributes,
    version: 1,
    inputs: inputs.map((input) => input === null ? -1 : present.indexOf(input)),
    outputs: outputs.map((_, i) => present.length + i),
  };
  return {
    name: op,
    description: "",
    tensors: [...present, ...outputs],
    operators: [operator as Model["operators"][number]],
    inputs: present.flatMap(({ data, isVariable }, i) => data !== null || isVariable ? [] : [i]),
    outputs: operator.outputs,
    metadata: [],
    signatures: [],
    otherSubgraphs: [],
    lost: [],
  };
}

/** The elements of the one output. */
export function run(model: Model, ...inputs: ConstantArray[]): number[] {
  return Array.from(runReference(model, inputs).outputs[0], Number);
}
