/** Sizes of a matrix product. */
export interface MatmulSizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

const float = 1;
const irVersion = 8;
const operatorSet = 13;

/**
 * An ONNX model of one operator, C = MatMul(A, B), with B a constant, as weights are. Field numbers
 * are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */
export function onnxMatmul({ m, k, n }: MatmulSizes, B: Float32Array<ArrayBuffer>): Uint8Array {
  const node = message(bytes(1, "A"), bytes(1, "B"), bytes(2, "C"), bytes(4, "MatMul"));
  const weights = message(
    integer(1, k),
    integer(1, n),
    integer(2, float),
    bytes(8, "B"),
    bytes(9, new Uint8Array(B.buffer, B.byteOffset, B.byteLength)),
  );
  const graph = message(
    bytes(1, node),
    bytes(2, "matmul"),
    bytes(5, weights),
    bytes(11, valueInfo("A", [m, k])),
    bytes(12, valueInfo("C", [m, n])),
  );
  const operators = message(bytes(1, ""), integer(2, operatorSet));
  return message(integer(1, irVersion), bytes(7, graph), bytes(8, operators));
}

function valueInfo(name: string, shape: readonly number[]): Uint8Array {
  const dimensions = shape.map((size) => bytes(1, integer(1, size)));
  const tensor = message(integer(1, float), bytes(2, message(...dimensions)));
  return message(bytes(1, name), bytes(2, bytes(1, tensor)));
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

function varint(value: number): number[] {
  const digits: number[] = [];
  for (; value > 127; value >>>= 7) digits.push(value & 127 | 128);
  return [...digits, value];
}
