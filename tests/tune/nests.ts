import { affine, conv1d, conv2d, defineNest, depthwise, matmul, type Nest } from "tinyloom";

/** Small nests of every kind, with extents that divide nothing. */
export const nests: Readonly<Record<string, Nest>> = {
  matmul: matmul({ m: 7, k: 19, n: 29 }),
  product: matmul({ m: 17, k: 31, n: 13, dtype: "i8" }),
  matrixVector: matmul({ m: 11, k: 37, n: 1 }),
  vectorMatrix: matmul({ m: 1, k: 9, n: 21, dtype: "i8" }),
  conv1d: conv1d({ width: 13, inChannels: 5, outChannels: 9, kernel: 3, padding: "same" }),
  conv1dInt8: conv1d({
    width: 12,
    inChannels: 3,
    outChannels: 6,
    kernel: 4,
    stride: 2,
    padding: "same",
    dtype: "i8",
  }),
  conv2d: conv2d({ height: 5, width: 6, inChannels: 3, outChannels: 7, kernel: [3, 2] }),
  conv2dInt8: conv2d({
    height: 6,
    width: 5,
    inChannels: 3,
    outChannels: 5,
    kernel: [3, 3],
    stride: 2,
    padding: "same",
    dtype: "i8",
  }),
  depthwise: depthwise({ height: 6, width: 7, channels: 10, kernel: [3, 3], padding: "same" }),
  depthwiseInt8: depthwise({
    height: 7,
    width: 6,
    channels: 9,
    kernel: [3, 2],
    stride: 2,
    dtype: "i8",
  }),
  pooling: defineNest({
    name: "pooling",
    extents: { x: 6, c: 7, w: 3 },
    tensors: [
      { name: "X", dtype: "f32", shape: [14, 7], role: "input" },
      { name: "Y", dtype: "f32", shape: [6, 7], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("x"), affine("c")] },
      update: "max",
      value: {
        kind: "read",
        access: { tensor: "X", index: [affine({ x: 2, w: 1 }), affine("c")] },
      },
    },
  }),
  transpose: defineNest({
    name: "transpose",
    extents: { i: 9, ti: 11 },
    tensors: [
      { name: "X", dtype: "i16", shape: [11, 9], role: "input" },
      { name: "Y", dtype: "i32", shape: [9, 11], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("i"), affine("ti")] },
      update: "set",
      value: {
        kind: "binary",
        op: "add",
        left: { kind: "constant", value: 3 },
        right: { kind: "read", access: { tensor: "X", index: [affine("ti"), affine("i")] } },
      },
    },
  }),
  distances: defineNest({
    name: "distances",
    extents: { i: 5, k: 7 },
    tensors: [
      { name: "X", dtype: "f32", shape: [5, 7], role: "input" },
      { name: "D", dtype: "f32", shape: [5], role: "output" },
    ],
    body: {
      target: { tensor: "D", index: [affine("i")] },
      update: "add",
      value: {
        kind: "binary",
        op: "sub",
        left: { kind: "constant", value: 2 },
        right: { kind: "read", access: { tensor: "X", index: [affine("i"), affine("k")] } },
      },
    },
  }),
  sumOfSquares: defineNest({
    name: "sumOfSquares",
    extents: { k: 43 },
    tensors: [
      { name: "X", dtype: "f64", shape: [43], role: "input" },
      { name: "S", dtype: "f64", shape: [1], role: "output" },
    ],
    body: {
      target: { tensor: "S", index: [affine(0)] },
      update: "add",
      value: {
        kind: "binary",
        op: "mul",
        left: { kind: "read", access: { tensor: "X", index: [affine("k")] } },
        right: { kind: "read", access: { tensor: "X", index: [affine("k")] } },
      },
    },
  }),
};
