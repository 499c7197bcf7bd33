import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import {
  add,
  apply,
  asValue,
  constant,
  either,
  mul,
  type Operand,
  sub,
} from "../../../kernel/values.ts";
import type { Dtype } from "../../../model/dtype.ts";
import { elements } from "../../../model/shape.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import {
  type Complex,
  type FftMachine,
  fftOrder,
  joinSpectrum,
  splitSpectrum,
  transform,
} from "../../reference/fft.ts";
import { fixedPointOne, twiddlesOf } from "../../reference/fft_numbers.ts";
import { type ElementType, elementType } from "../scalar/layer_numbers.ts";
import { elementAt, plainKernel } from "../scalar/plain_kernel.ts";

/** SignalRfft: the transform lies where its output will be. */
export function rfftKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SignalRfft");
  if (operator === null) return null;
  const { type: dtype, fftLength } = operator.attributes;
  const { name, constants, inputs: [input], outputs: [{ region }] } = layer;
  const length = fftLength / 2;
  const type = elementType(dtype);
  const order = constants.place(`${name}_order`, new Uint8Array(fftOrder(length).buffer));
  const given = input!.tensor.shape.at(-1)!;
  const options = { length, isInverse: false };
  return plainKernel(layer, `rfft ${dtype}`, (b) => {
    b.for("row", { until: elements(input!.tensor.shape) / given }, (row) => {
      const first = b.let("first", mul(row, fftLength + 2));
      const machine = valueMachine(b, dtype, { name, constants, region, first, ...options });
      const sample = (index: Value) => {
        const at = elementAt(input!.region, add(mul(row, given), index), type.bytes);
        const value = b.load(type.load, at);
        if (given === fftLength) return value;
        return either(apply("i32.lt_u", [index, given]), value, constant(0, type.value));
      };
      b.for("to", { until: length }, (to) => {
        const from = b.let("from", mul(b.load("i32.load", elementAt(order, to, 4)), 2));
        storePair(b, { region, type, first, at: to }, [
          b.let("x", sample(from)),
          b.let("x", sample(b.let("next", add(from, 1)))),
        ]);
      });
      transform(machine, options);
      splitSpectrum(machine, length);
    });
  });
}

/** SignalIrfft: bins go to where the transform wants its elements. */
export function irfftKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SignalIrfft");
  if (operator === null) return null;
  const { type: dtype, fftLength } = operator.attributes;
  const { name, constants, inputs: [input], outputs: [{ region, tensor }] } = layer;
  const length = fftLength / 2;
  const type = elementType(dtype);
  const places = new Int32Array(length);
  fftOrder(length).forEach((from, to) => places[from] = to);
  const table = constants.place(`${name}_places`, new Uint8Array(places.buffer));
  const options = { length, isInverse: true };
  return plainKernel(layer, `irfft ${dtype}`, (b) => {
    b.for("row", { until: elements(tensor.shape) / fftLength }, (row) => {
      const first = b.let("first", mul(row, fftLength));
      const from = b.let("from", mul(row, fftLength + 2));
      const machine = valueMachine(b, dtype, { name, constants, region, first, ...options });
      joinSpectrum(machine, {
        length,
        bin: (at) => loadPair(b, { region: input!.region, type, first: from, at }),
        put: (index, value) => {
          const at = b.let("to", b.load("i32.load", elementAt(table, index, 4)));
          storePair(b, { region, type, first, at }, value);
        },
      });
      transform(machine, options);
      if (dtype !== "float32") return;
      b.for("sample", { until: fftLength }, (sample) => {
        const at = elementAt(region, b.let("index", add(first, sample)), type.bytes);
        const mean = apply("f32.div", [b.load(type.load, at), constant(fftLength, "f32")]);
        b.store(type.store, at, mean);
      });
    });
  });
}

/** Writes transforms of elements that lie in a region, from a byte of it on. */
function valueMachine(
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
function loadPair(b: KernelBuilder, place: PairPlace): Complex<Value> {
  const { type } = place;
  const at = pairAt(b, place);
  const real = b.let("real", b.load(type.load, at));
  return [real, b.let("imaginary", b.load(type.load, { ...at, offsetBytes: type.bytes }))];
}

/** Stores real and imaginary part. */
function storePair(
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
