import { onnxFile } from "./onnx_proto.ts";

/** Sizes of a matrix product. */
export interface MatmulSizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** An ONNX model of one operator, C = MatMul(A, B), with B a constant, as weights are. */
export function onnxMatmul({ m, k, n }: MatmulSizes, B: Float32Array<ArrayBuffer>): Uint8Array {
  return onnxFile({
    name: "matmul",
    nodes: [{ op: "MatMul", inputs: ["A", "B"], output: "C" }],
    constants: [{ name: "B", shape: [k, n], values: B }],
    inputs: [{ name: "A", shape: [m, k] }],
    outputs: [{ name: "C", shape: [m, n] }],
  });
}
