import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply, choose, constant } from "../../../kernel/values.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import type { Layer, LayerKernel, MakeKernel } from "../../layer.ts";
import { loadFloats, storeFloats } from "../vectors/float_vectors.ts";
import { LANES } from "../vectors/quantized_vectors.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";
import { FloatExponential } from "./float_exp.ts";

/** Arithmetic of float32 in words that one number and a vector of four have in common. */
export interface FloatArithmetic {
  readonly op: (
    name: "abs" | "neg" | "sqrt" | "ceil" | "floor" | "nearest" | "add" | "mul" | "div",
    ...args: readonly Value[]
  ) => Value;
  readonly number: (value: number) => Value;
  /** `then` where x is 0 of either sign, else `otherwise`. */
  readonly whereZero: (x: Value, then: Value, otherwise: Value) => Value;
}

/** What an operator has of kernels for float32 that is plain arithmetic: with vectors, and without. */
export function floatUnary(
  compute: (f: FloatArithmetic, x: Value) => Value,
): { readonly kernels: readonly MakeKernel[]; readonly portable: MakeKernel } {
  const inVectors = (layer: Layer) => {
    const arithmetic = vectorArithmetic(layer.constants);
    return onFloats(layer, {
      lanes: LANES,
      compute: (b, x) => compute(arithmetic, b.let("x", x)),
    });
  };
  return { kernels: [inVectors], portable: floatByFloat((b, x) => compute(scalar, b.let("x", x))) };
}

/** A kernel of float32 in vectors that goes through exponentials. */
export function floatByExponential(
  compute: (parts: {
    readonly b: KernelBuilder;
    readonly pool: ConstantPool;
    readonly exponential: FloatExponential;
  }, x: Value) => Value,
): MakeKernel {
  return (layer) =>
    onFloats(layer, {
      lanes: 4,
      compute: (b, x) => {
        const pool = layer.constants;
        return compute({ b, pool, exponential: new FloatExponential(b, pool) }, x);
      },
    });
}

/** A kernel of float32 that takes one number at a time. */
export function floatByFloat(
  compute: (b: KernelBuilder, x: Value) => Value,
  code: (layer: Layer) => readonly KernelCode[] = () => [],
): MakeKernel {
  return (layer) => onFloats(layer, { lanes: 1, compute, code: code(layer) });
}

function onFloats(layer: Layer, { lanes, compute, code }: {
  readonly lanes: number;
  readonly compute: (b: KernelBuilder, x: Value) => Value;
  readonly code?: readonly KernelCode[];
}): LayerKernel | null {
  const { operator, outputs: [output] } = layer;
  if (output.tensor.dtype !== "float32") return null;
  return elementwiseKernel(layer, {
    kernel: `${operator.op.toLowerCase()} float32${lanes === 1 ? " scalar" : ""}`,
    operands: 1,
    lanes,
    code,
    work: (b, { inputs: [place], output: at, count }) => {
      if (lanes === 1) return b.store("f32.store", at, compute(b, b.load("f32.load", place)));
      const values = loadFloats(b, place, count).map((x) => b.let("y", compute(b, x)));
      storeFloats(b, { values, at, count });
    },
  });
}

const scalar: FloatArithmetic = {
  op: (name, ...args) => apply(`f32.${name}`, args),
  number: (value) => constant(value, "f32"),
  whereZero: (x, then, otherwise) =>
    choose(apply("f32.eq", [x, constant(0, "f32")]), then, otherwise),
};

function vectorArithmetic(pool: ConstantPool): FloatArithmetic {
  return {
    op: (name, ...args) => apply(`f32x4.${name}`, args),
    number: (value) => pool.splatF32(value),
    whereZero: (x, then, otherwise) =>
      apply("v128.bitselect", [then, otherwise, apply("f32x4.eq", [x, pool.splatF32(0)])]),
  };
}
