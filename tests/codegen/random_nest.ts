import fc from "fast-check";
import { convTile } from "./conv_tile.ts";
import { affineNest } from "./random_affine.ts";
import { affine, conv1d, conv2d, defineNest, depthwise, matmul, type Nest } from "tinyloom";

const size = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(11, 13, 16, 17));
const small = fc.integer({ min: 1, max: 5 });
const dtype = fc.constantFrom("f32" as const, "i8" as const);
const stride = fc.integer({ min: 1, max: 3 });
const padding = fc.constantFrom("same" as const, "valid" as const);

/** Nests of every kind that the module can define, with small and odd sizes. */
export const randomNest: fc.Arbitrary<Nest> = fc.oneof(
  fc.record({ m: size, k: size, n: size, dtype }).map(matmul),
  fc.record({ m: small, k: size, n: size }).map(matmulF64),
  fc.record({
    width: size.map((each) => each + 2),
    inChannels: size,
    outChannels: size,
    kernel: fc.integer({ min: 1, max: 3 }),
    stride,
    padding,
    dtype,
  }).map(conv1d),
  fc.record({
    height: small.map((each) => each + 2),
    width: small.map((each) => each + 2),
    inChannels: small,
    outChannels: size,
    kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    stride,
    padding,
    dtype,
  }).map(conv2d),
  fc.record({
    height: small.map((each) => each + 2),
    width: small.map((each) => each + 2),
    channels: size,
    kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    stride,
    padding,
    dtype,
  }).map(depthwise),
  fc.record({ rows: small, width: size, channels: size, dtype }).map(maxPool),
  fc.record({
    sizes: fc.record({ rows: small, row: size, pixels: small, outs: size, stride }),
    form: fc.oneof(
      fc.record({ unsigned: fc.boolean(), quantized: fc.boolean() }),
      fc.constant({ dtype: "f32" as const }),
    ),
  }).map(({ sizes, form }) => convTile(sizes, form)),
  fc.record({ rows: size, columns: size }).map(clampedSum),
  fc.record({ m: size, k: size, n: size, dtype }).map(started),
  fc.record({
    rows: small,
    columns: size,
    terms: size,
    from: fc.constantFrom("i8" as const, "i16" as const),
  })
    .map(halved),
  fc.record({
    rows: size,
    columns: size,
    dtype,
    update: fc.constantFrom("add" as const, "max" as const),
  }).map(shifted),
  fc.record({
    rows: size,
    columns: size,
    dtype,
    update: fc.constantFrom("add" as const, "max" as const, "set" as const),
    start: fc.option(fc.constantFrom(-3, 7), { nil: undefined }),
    gap: small,
    outside: fc.tuple(fc.integer({ min: -2, max: 2 }), fc.integer({ min: -2, max: 2 })),
  }).map(reversed),
  fc.record({ outputs: size, taps: fc.constantFrom(1, 3, 8, 40), dtype }).map(fir),
  affineNest,
);

/**
 * Differences of two reads of one tensor whose outsides differ, backwards along both axes, into every
 * `gap`th element of the target: `Y[g*(R-r)][c] (+)= X[R-1-r+k][C-c] - X[R-1-r+k][C-c]`.
 */
export function reversed(
  { rows, columns, dtype, update, start, gap, outside }: {
    rows: number;
    columns: number;
    dtype: "f32" | "i8";
    update: "add" | "max" | "set";
    start?: number;
    gap: number;
    outside: readonly [number, number];
  },
): Nest {
  const terms = update === "set" ? 1 : 3;
  const index = [
    affine({ r: -1, k: 1 }, rows - 2),
    affine({ c: -1 }, columns),
  ];
  const read = (value: number) =>
    ({ kind: "read", access: { tensor: "X", index, outside: value } }) as const;
  return defineNest({
    name: "reversed",
    extents: { r: rows, c: columns, k: terms },
    tensors: [
      { name: "X", dtype, shape: [rows, columns], role: "input" },
      {
        name: "Y",
        dtype: dtype === "f32" ? "f32" : "i32",
        shape: [gap * rows + 1, columns],
        role: "output",
      },
    ],
    body: {
      target: { tensor: "Y", index: [affine({ r: -gap }, gap * rows), affine("c")] },
      update,
      ...(start !== undefined && update !== "set" && { start }),
      value: {
        kind: "binary",
        op: "sub",
        left: {
          kind: "binary",
          op: "mul",
          left: { kind: "constant", value: 2 },
          right: read(outside[0]),
        },
        right: read(outside[1]),
      },
    },
  });
}

/** A filter with finite impulse response: `Y[i] += X[i + K-1 - k] * H[k]`. */
export function fir(
  { outputs, taps, dtype }: { outputs: number; taps: number; dtype: "f32" | "i8" },
): Nest {
  return defineNest({
    name: "fir",
    extents: { i: outputs, k: taps },
    tensors: [
      { name: "X", dtype, shape: [outputs + taps - 1], role: "input" },
      { name: "H", dtype, shape: [taps], role: "input" },
      { name: "Y", dtype: dtype === "f32" ? "f32" : "i32", shape: [outputs], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("i")] },
      update: "add",
      value: {
        kind: "binary",
        op: "mul",
        left: {
          kind: "read",
          access: { tensor: "X", index: [affine({ i: 1, k: -1 }, taps - 1)] },
        },
        right: { kind: "read", access: { tensor: "H", index: [affine("k")] } },
      },
    },
  });
}

/** `Y[r] += (X[r][k] - 300) * (W[k] - 300)`, or the largest: zeros in place of elements would show. */
export function shifted(
  { rows, columns, dtype, update }: {
    rows: number;
    columns: number;
    dtype: "f32" | "i8";
    update: "add" | "max";
  },
): Nest {
  const less = (tensor: string, index: ReturnType<typeof affine>[]) =>
    ({
      kind: "binary",
      op: "sub",
      left: { kind: "read", access: { tensor, index } },
      right: { kind: "constant", value: 300 },
    }) as const;
  return defineNest({
    name: "shifted",
    extents: { r: rows, k: columns },
    tensors: [
      { name: "X", dtype, shape: [rows, columns], role: "input" },
      { name: "W", dtype, shape: [columns], role: "input" },
      { name: "Y", dtype: dtype === "f32" ? "f32" : "i32", shape: [rows], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("r")] },
      update,
      value: {
        kind: "binary",
        op: "mul",
        left: less("X", [affine("r"), affine("k")]),
        right: less("W", [affine("k")]),
      },
    },
  });
}

/** A product that starts from 7, whatever its target holds. */
export function started(sizes: Parameters<typeof matmul>[0]): Nest {
  const plain = matmul(sizes);
  return { ...plain, body: { ...plain.body, start: 7 } };
}

/** `Y[r][c] += (X[r][k][c] - 5) >> 1` from zero, in the next wider type. */
export function halved(
  { rows, columns, terms, from }: {
    rows: number;
    columns: number;
    terms: number;
    from: "i8" | "i16";
  },
): Nest {
  return defineNest({
    name: "halved",
    extents: { r: rows, c: columns, k: terms },
    tensors: [
      { name: "X", dtype: from, shape: [rows, terms, columns], role: "input" },
      { name: "Y", dtype: from === "i8" ? "i16" : "i32", shape: [rows, columns], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("r"), affine("c")] },
      update: "add",
      start: 0,
      value: {
        kind: "binary",
        op: "shr",
        left: {
          kind: "binary",
          op: "sub",
          left: {
            kind: "read",
            access: { tensor: "X", index: ["r", "k", "c"].map((axis) => affine(axis)) },
          },
          right: { kind: "constant", value: 5 },
        },
        right: { kind: "constant", value: 1 },
      },
    },
  });
}

/** Float64 product. */
export function matmulF64({ m, k, n }: { m: number; k: number; n: number }): Nest {
  const plain = matmul({ m, k, n });
  return defineNest({
    name: "matmulF64",
    extents: { i: m, j: n, k },
    tensors: plain.tensors.map((tensor) => ({ ...tensor, dtype: "f64" as const })),
    body: plain.body,
  });
}

/** Largest of three neighbours, two apart, with the far end padded by -5. */
export function maxPool(
  { rows, width, channels, dtype }: {
    rows: number;
    width: number;
    channels: number;
    dtype: "f32" | "i8";
  },
): Nest {
  return defineNest({
    name: "maxPool",
    extents: { y: rows, x: Math.ceil(width / 2), c: channels, kx: 3 },
    tensors: [
      { name: "I", dtype, shape: [rows, width, channels], role: "input" },
      {
        name: "O",
        dtype: dtype === "f32" ? "f32" : "i32",
        shape: [rows, Math.ceil(width / 2), channels],
        role: "output",
      },
    ],
    body: {
      target: { tensor: "O", index: [affine("y"), affine("x"), affine("c")] },
      update: "max",
      value: {
        kind: "read",
        access: {
          tensor: "I",
          index: [affine("y"), affine({ x: 2, kx: 1 }), affine("c")],
          outside: -5,
        },
      },
    },
  });
}

/** `Y[r][c] = min(max(X[r][c] + B[c], -3), 3) - 1`: no reduction, several operations. */
export function clampedSum({ rows, columns }: { rows: number; columns: number }): Nest {
  return defineNest({
    name: "clampedSum",
    extents: { r: rows, c: columns },
    tensors: [
      { name: "X", dtype: "f32", shape: [rows, columns], role: "input" },
      { name: "B", dtype: "i8", shape: [columns], role: "input" },
      { name: "Y", dtype: "f32", shape: [rows, columns], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("r"), affine("c")] },
      update: "set",
      value: {
        kind: "binary",
        op: "sub",
        left: {
          kind: "binary",
          op: "min",
          left: {
            kind: "binary",
            op: "max",
            left: {
              kind: "binary",
              op: "add",
              left: { kind: "read", access: { tensor: "X", index: [affine("r"), affine("c")] } },
              right: { kind: "read", access: { tensor: "B", index: [affine("c")] } },
            },
            right: { kind: "constant", value: -3 },
          },
          right: { kind: "constant", value: 3 },
        },
        right: { kind: "constant", value: 1 },
      },
    },
  });
}
