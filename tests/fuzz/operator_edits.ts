// Operators of all models that there are, with other types, quantizations, attributes and constants.
import {
  type Dtype,
  dtypeBits,
  dtypes,
  elements,
  type Model,
  type ModelTensor,
  type Operator,
  type OperatorName,
  sizeBytes,
} from "tinyloom";
import { list } from "../engine/single_operator.ts";
import { type Sample, samples } from "../operators/operator_samples.ts";
import type { Draw } from "../plan/random_graph.ts";

/** An operator by itself, its tensors beside it. */
export interface LoneOperator {
  readonly op: OperatorName;
  readonly attributes: unknown;
  readonly inputs: readonly (ModelTensor | null)[];
  readonly outputs: readonly ModelTensor[];
}

/** Operators that nothing is known of without the graphs around them. */
const BOUND: readonly string[] = ["IF", "WHILE", "CALL_ONCE"];
/** More than that takes time by rights. */
const MOST_BYTES = 40_000;

/** What to begin with: every operator with every combination of types that models have. */
export function loneOperators(): readonly (readonly LoneOperator[])[] {
  return [...samples()].filter(([op]) => !BOUND.includes(op)).map(([op, all]) =>
    all.map((sample) => lone(op, sample)).filter(({ inputs, outputs }) =>
      [...inputs, ...outputs].every((each) => each === null || sizeBytes(each) <= MOST_BYTES)
    )
  ).filter((all) => all.length > 0);
}

function lone(op: OperatorName, { attributes, inputs, outputs }: Sample): LoneOperator {
  const plain = (tensor: ModelTensor): ModelTensor => ({ ...tensor, name: "" });
  return {
    op,
    attributes,
    inputs: inputs.map((each) => each === undefined ? null : plain(each)),
    outputs: outputs.map(plain),
  };
}

/** A model of it, behind a PAD if there are such amounts. */
export function modelOf(
  { op, attributes, inputs, outputs }: LoneOperator,
  padding: readonly number[] | null = null,
): Model {
  const tensors = [...inputs.filter((each) => each !== null), ...outputs];
  const operators = [{
    op,
    attributes,
    version: 1,
    inputs: inputs.map((each) => each === null ? -1 : tensors.indexOf(each)),
    outputs: outputs.map((each) => tensors.indexOf(each)),
  }] as unknown as Operator[];
  const first = inputs[0];
  if (padding !== null && first?.shape.length === 4 && first.data === null) {
    const [top, bottom, left, right] = padding;
    const [batches, height, width, channels] = first.shape;
    const inner = [batches, height - top - bottom, width - left - right, channels];
    if (inner.every((extent) => extent > 0)) {
      const amounts = { ...list(0, 0, ...padding, 0, 0), shape: [4, 2] };
      const from = tensors.push({ ...first, shape: inner }, amounts) - 2;
      operators.unshift({
        op: "PAD",
        attributes: {},
        version: 1,
        inputs: [from, from + 1],
        outputs: [0],
      } as Operator);
    }
  }
  const written = new Set(operators.flatMap((each) => each.outputs));
  return {
    name: op,
    description: "",
    tensors,
    operators,
    inputs: tensors.flatMap(({ data, isVariable }, i) =>
      data !== null || isVariable || written.has(i) ? [] : [i]
    ),
    outputs: operators[operators.length - 1].outputs,
    metadata: [],
    signatures: [],
    otherSubgraphs: [],
    lost: [],
  };
}

/** With one thing changed. */
export function edited(operator: LoneOperator, draw: Draw): LoneOperator {
  switch (draw(9)) {
    case 0:
    case 1:
      return eachOfKind(operator, draw, (tensor) => withDtype(tensor, dtypes[draw(dtypes.length)]));
    case 2:
    case 3:
      return eachOfKind(operator, draw, (tensor) => ({
        ...tensor,
        quantization: quantized(tensor, draw),
      }));
    case 4:
      return { ...operator, attributes: changed(operator.attributes, draw) };
    case 5:
    case 6:
      return oneTensor(operator, draw, (tensor) => withData(tensor, draw));
    case 7:
      return oneTensor(operator, draw, (tensor) => (
        tensor.data !== null
          ? { ...tensor, data: null, isVariable: draw(2) === 0 }
          : draw(3) === 0
          ? { ...tensor, isVariable: !tensor.isVariable }
          : { ...tensor, isVariable: false, data: bytes(tensor, () => draw(256)) }
      ));
    default: {
      const at = draw(operator.inputs.length + 1);
      const inputs = at === operator.inputs.length
        ? [...operator.inputs, null]
        : operator.inputs.with(at, null);
      return { ...operator, inputs };
    }
  }
}

type Change = (tensor: ModelTensor) => ModelTensor;

/** Changes one tensor alone, or in the same way all that are of its type. */
function eachOfKind(operator: LoneOperator, draw: Draw, change: Change): LoneOperator {
  if (draw(2) === 0) return oneTensor(operator, draw, change);
  const all = [...operator.inputs, ...operator.outputs].filter((each) => each !== null);
  const { dtype, data } = all[draw(all.length)];
  let made: Partial<ModelTensor> | undefined;
  const alike = (tensor: ModelTensor): ModelTensor => {
    if (tensor.dtype !== dtype || (tensor.data === null) !== (data === null)) return tensor;
    const { dtype: to, quantization } = made ??= change(tensor);
    const own = quantization?.scales.length === 1 ? quantization : tensor.quantization;
    return { ...withDtype(tensor, to!), quantization: own };
  };
  return {
    ...operator,
    inputs: operator.inputs.map((each) => each && alike(each)),
    outputs: operator.outputs.map(alike),
  };
}

function oneTensor(operator: LoneOperator, draw: Draw, change: Change): LoneOperator {
  const { inputs, outputs } = operator;
  const at = draw(inputs.length + outputs.length);
  if (at >= inputs.length) {
    const output = at - inputs.length;
    return { ...operator, outputs: outputs.with(output, change(outputs[output])) };
  }
  const input = inputs[at];
  return input === null ? operator : { ...operator, inputs: inputs.with(at, change(input)) };
}

/** Of another type, a constant with as many bytes as it needs then. */
function withDtype(tensor: ModelTensor, dtype: Dtype): ModelTensor {
  const { data } = tensor;
  const other = { ...tensor, dtype };
  if (data === null || data.length === 0 || dtypeBits(dtype) === 0) return other;
  return { ...other, data: bytes(other, (i) => data[i % data.length]) };
}

function bytes(tensor: ModelTensor, byte: (at: number) => number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes(tensor) }, (_, i) => byte(i));
}

const SCALES = [0, 1, -1, 1e-30, 1e30, 1 / 256, 1 / 128, 1 / 32768, 1 / 16, 0.37, 3e-4];
const POINTS = [0, 0, 0, 1, -1, -128, 127, 128, 255, -32768];

function quantized({ shape, quantization }: ModelTensor, draw: Draw): ModelTensor["quantization"] {
  if (draw(8) === 0) return null;
  const channels = draw(4) === 0 ? draw(Math.max(1, shape.length)) : -1;
  const count = channels >= 0 ? shape[channels] ?? 1 : draw(8) === 0 ? 0 : 1;
  const isKept = quantization !== null && quantization.scales.length > 0 && draw(2) === 0;
  const scale = () => isKept ? quantization.scales[0] : SCALES[draw(SCALES.length)];
  const point = POINTS[draw(POINTS.length)];
  return {
    scales: Array.from({ length: count }, () => Math.fround(scale())),
    zeroPoints: new Array<number>(count).fill(point),
    axis: count > 1 ? Math.max(0, channels) : 0,
  };
}

const FLOATS = [NaN, Infinity, -Infinity, 0, -0, 1e38, 1e-40, 1];

/** A constant of extreme elements, here and there or throughout. */
function withData(tensor: ModelTensor, draw: Draw): ModelTensor {
  if (tensor.data === null || tensor.data.length === 0) return tensor;
  const data = tensor.data.slice();
  if (tensor.dtype === "float32") {
    const view = new DataView(data.buffer);
    const value = FLOATS[draw(FLOATS.length)];
    const isThroughout = draw(3) === 0;
    for (let at = 0; at + 4 <= data.length; at += 4) {
      if (isThroughout || draw(8) === 0) view.setFloat32(at, value, true);
    }
    return { ...tensor, data };
  }
  if (elements(tensor.shape) <= 8 && draw(2) === 0) {
    // Lists: small numbers, which axes, sizes and begins are.
    const width = Math.max(1, dtypeBits(tensor.dtype) / 8);
    const at = draw(Math.max(1, Math.floor(data.length / width))) * width;
    const value = draw(9) - 4;
    for (let byte = 0; byte < width; byte++) {
      data[at + byte] = byte === 0 ? value & 255 : value < 0 ? 255 : 0;
    }
    return { ...tensor, data };
  }
  const value = [0, 127, 128, 255][draw(4)];
  if (draw(2) === 0) data.fill(value);
  else data[draw(data.length)] = value;
  return { ...tensor, data };
}

const NUMBERS = [0, 1, 2, 3, -1, -2, 5, 7, 16, 1000, 65536, 2 ** 31 - 1, -(2 ** 31)];
const WORDS: readonly (readonly string[])[] = [
  ["NONE", "RELU", "RELU6", "RELU_N1_TO_1", "TANH", "SIGN_BIT"],
  ["SAME", "VALID"],
  ["SHUFFLED4x16INT8", "DEFAULT"],
  dtypes,
];

/** One attribute, or one number of it, is another. */
function changed(attributes: unknown, draw: Draw): unknown {
  const names = Object.keys(attributes as object);
  if (names.length === 0) return attributes;
  const name = names[draw(names.length)];
  const other = (value: unknown): unknown => {
    if (typeof value === "number") return NUMBERS[draw(NUMBERS.length)];
    if (typeof value === "boolean") return !value;
    if (typeof value === "string") {
      const alike = WORDS.find((words) => words.includes(value)) ?? [value];
      return alike[draw(alike.length)];
    }
    if (!Array.isArray(value) || value.length === 0) return value;
    const at = draw(value.length);
    return value.with(at, other(value[at]));
  };
  const { [name]: before, ...rest } = attributes as Record<string, unknown>;
  return { ...rest, [name]: other(before) };
}
