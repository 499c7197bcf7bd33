import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, asValue, constant, mul, type Operand, sub } from "../../../kernel/values.ts";
import type { Dtype } from "../../../model/dtype.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import type { Complex, FftMachine } from "../../reference/fft.ts";
import { fixedPointOne, twiddlesOf } from "../../reference/fft_numbers.ts";
import { type ElementType, elementType } from "../scalar/layer_numbers.ts";

/** Writes transforms of elements that lie in a region, from a byte of it on. */
export function valueMachine(
  b: KernelBuilder,
  dtype: Dtype,
  { name, constants, region, first, length, isInverse }: {
    readonly name: string;
    readonly constants: ConstantPool;
    readonly region: Region;
    /** Index of the first number in the region. */
    readonly first: Value;
    readonly length: number;
    readonly isInverse: boolean;
  },
): FftMachine<Value, Value> {
  const type = elementType(dtype);
  const { complex, real } = twiddlesOf(dtype, { length, isInverse });
  const place = (what: string, table: typeof complex) =>
    constants.place(`${name}_${what}`, new Uint8Array(table.buffer));
  const tables = { complex: place("twiddles", complex), real: place("real_twiddles", real) };
  return {
    ...arithmeticOf(b, dtype),
    loop: (name, count, body) => b.for(name, { until: count }, body),
    after: (a, by) => b.let("place", add(a, by)),
    times: (a, by) => mul(a, by),
    before: (a, by) => b.let("place", sub(constant(a), by)),
    load: (at) => loadPair(b, { region, type, first, at }),
    store: (at, value) => storePair(b, { region, type, first, at }, value),
    twiddle: (at) => loadPair(b, { region: tables.complex, type, first: constant(0), at }),
    realTwiddle: (at) => loadPair(b, { region: tables.real, type, first: constant(0), at }),
  };
}

/** Where a pair of numbers lies: its index, behind the region's number `first`. */
export interface PairPlace {
  readonly region: Region;
  readonly type: ElementType;
  readonly first: Value;
  readonly at: Operand;
}

/** Real and imaginary part, in variables. */
export function loadPair(b: KernelBuilder, place: PairPlace): Complex<Value> {
  const { type } = place;
  const at = pairAt(b, place);
  const real = b.let("real", b.load(type.load, at));
  return [real, b.let("imaginary", b.load(type.load, { ...at, offsetBytes: type.bytes }))];
}

/** Stores real and imaginary part. */
export function storePair(
  b: KernelBuilder,
  place: PairPlace,
  [real, imaginary]: Complex<Value>,
): void {
  const { type } = place;
  const at = pairAt(b, place);
  b.store(type.store, at, real);
  b.store(type.store, { ...at, offsetBytes: type.bytes }, imaginary);
}

function pairAt(b: KernelBuilder, { region, type, first, at }: PairPlace) {
  const address = b.let("at", mul(add(mul(asValue(at), 2), first), type.bytes));
  return { region, address, isIndex: true };
}

type Arithmetic = Omit<
  FftMachine<Value, Value>,
  "loop" | "after" | "times" | "before" | "load" | "store" | "twiddle" | "realTwiddle"
>;

function arithmeticOf(b: KernelBuilder, dtype: Dtype): Arithmetic {
  if (dtype === "float32") return floats(b);
  return fixedPoint(b, dtype === "int16");
}

function floats(b: KernelBuilder): Arithmetic {
  const op = (name: "add" | "sub" | "mul", x: Value, y: Value) =>
    b.let("f", apply(`f32.${name}`, [x, y]));
  const half = (x: Value) => op("mul", x, constant(0.5, "f32"));
  return {
    zero: constant(0, "f32"),
    negate: (x) => apply("f32.neg", [x]),
    add: (x, y) => op("add", x, y),
    sub: (x, y) => op("sub", x, y),
    half,
    halfSum: (x, y) => half(op("add", x, y)),
    halfDifference: (x, y) => half(op("sub", x, y)),
    scale: (x, y) => op("mul", x, y),
    multiply: ([x, y], [c, d]) => [
      op("sub", op("mul", x, c), op("mul", y, d)),
      op("add", op("mul", x, d), op("mul", y, c)),
    ],
    divide: (pair) => pair,
  };
}

/** int16 in i32, whose products fit; int32 with products in i64. */
function fixedPoint(b: KernelBuilder, isShort: boolean): Arithmetic {
  const wrap = (x: Value) => b.let("q", isShort ? apply("i32.extend16_s", [x]) : x);
  const type = isShort ? "i32" : "i64";
  const wide = (x: Value) => isShort ? x : apply("i64.extend_i32_s", [x]);
  const product = (x: Value, y: Value) => apply(`${type}.mul`, [wide(x), wide(y)]);
  const round = (x: Value) => {
    const bits = isShort ? 15 : 31;
    const number = (value: number) => isShort ? constant(value) : constant(BigInt(value), "i64");
    const half = number(2 ** (bits - 1));
    const shifted = apply(`${type}.shr_s`, [apply(`${type}.add`, [x, half]), number(bits)]);
    return wrap(isShort ? shifted : apply("i32.wrap_i64", [shifted]));
  };
  const scale = (x: Value, y: Value) => round(product(x, y));
  const half = (x: Value) => apply("i32.shr_s", [x, 1]);
  return {
    zero: constant(0),
    negate: (x) => wrap(apply("i32.sub", [0, x])),
    add: (x, y) => wrap(apply("i32.add", [x, y])),
    sub: (x, y) => wrap(apply("i32.sub", [x, y])),
    half,
    halfSum: (x, y) => wrap(half(apply("i32.add", [x, y]))),
    halfDifference: (x, y) => wrap(half(apply("i32.sub", [x, y]))),
    scale,
    multiply: ([x, y], [c, d]) => [
      round(apply(`${type}.sub`, [product(x, c), product(y, d)])),
      round(apply(`${type}.add`, [product(x, d), product(y, c)])),
    ],
    divide: ([x, y], by) => {
      const part = constant(Math.floor(fixedPointOne(isShort ? "int16" : "int32")! / by));
      return [scale(x, part), scale(y, part)];
    },
  };
}
