/** An array in an ONNX file. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values:
    | Float32Array<ArrayBuffer>
    | Int8Array<ArrayBuffer>
    | Int32Array<ArrayBuffer>
    | BigInt64Array<ArrayBuffer>;
}

/** An operator in an ONNX file; attributes are integers or lists of them. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** A tensor that goes into a graph or comes out of it. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly number[];
  /** float32 if left out. */
  readonly type?: "float32" | "int8";
}

/** The graph of an ONNX file. */
export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

const types = { float32: 1, int8: 3, int32: 6, int64: 7 } as const;
const irVersion = 8;
const operatorSet = 13;
const integerAttribute = 2;
const integersAttribute = 7;

/**
 * Writes an ONNX file. Field numbers are those of onnx.proto
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */
export function onnxFile({ name, nodes, constants, inputs, outputs }: OnnxGraph): Uint8Array {
  const graph = message(
    ...nodes.map((one) => bytes(1, node(one))),
    bytes(2, name),
    ...constants.map((one) => bytes(5, tensor(one))),
    ...inputs.map((one) => bytes(11, value(one))),
    ...outputs.map((one) => bytes(12, value(one))),
  );
  const operators = message(bytes(1, ""), integer(2, operatorSet));
  return message(integer(1, irVersion), bytes(7, graph), bytes(8, operators));
}

function node({ op, inputs, output, attributes = {} }: OnnxNode): Uint8Array {
  return message(
    ...inputs.map((name) => bytes(1, name)),
    bytes(2, output),
    bytes(4, op),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, attribute(name, value))),
  );
}

function attribute(name: string, value: number | readonly number[]): Uint8Array {
  return typeof value === "number"
    ? message(bytes(1, name), integer(3, value), integer(20, integerAttribute))
    : message(
      bytes(1, name),
      ...value.map((one) => integer(8, one)),
      integer(20, integersAttribute),
    );
}

function tensor({ name, shape, values }: OnnxTensor): Uint8Array {
  return message(
    ...shape.map((size) => integer(1, size)),
    integer(2, types[typeOf(values)]),
    bytes(8, name),
    bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  );
}

function typeOf(values: OnnxTensor["values"]): keyof typeof types {
  if (values instanceof Float32Array) return "float32";
  if (values instanceof Int8Array) return "int8";
  return values instanceof Int32Array ? "int32" : "int64";
}

function value({ name, shape, type: element = "float32" }: OnnxValue): Uint8Array {
  const dimensions = shape.map((size) => bytes(1, integer(1, size)));
  const type = message(integer(1, types[element]), bytes(2, message(...dimensions)));
  return message(bytes(1, name), bytes(2, bytes(1, type)));
}

function integer(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field << 3), ...varint(value)]);
}

function bytes(field: number, value: string | Uint8Array): Uint8Array {
  const data = typeof value === "string" ? new TextEncoder().encode(value) : value;
  const header = [...varint(field << 3 | 2), ...varint(data.length)];
  return message(Uint8Array.from(header), data);
}

function message(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Base 128, lowest digit first; not for negative numbers. */
function varint(value: number): number[] {
  const digits: number[] = [];
  for (; value > 127; value >>>= 7) digits.push(value & 127 | 128);
  return [...digits, value];
}
