import type { KernelCode, Value } from "../../../codegen/kernel/kernel.ts";
import { KernelBuilder } from "../../../codegen/kernel/kernel_builder.ts";
import { add, apply, max, min, mul, sub, vectorOfF32 } from "../../../codegen/kernel/values.ts";
import { MEMORY, VECTOR_BYTES } from "./memory_region.ts";

const times = (a: Value, b: Value) => apply("f32x4.mul", [a, b]);
const plus = (a: Value, b: Value) => apply("f32x4.add", [a, b]);
const minus = (a: Value, b: Value) => apply("f32x4.sub", [a, b]);

/** `sums[c] = sum of x[r][c]`. */
export function columnSumsKernel(name: string): KernelCode {
  return columnKernel(name, {
    matrices: ["x"],
    vectors: [],
    results: ["sums"],
    row: ({ x }) => ({ sums: x() }),
  });
}

/** `sums[c] = sum of x[r][c] - shift[c]`, and `squares[c]` that of the squares of these. */
export function columnMomentsKernel(name: string): KernelCode {
  return columnKernel(name, {
    matrices: ["x"],
    vectors: ["shift"],
    results: ["sums", "squares"],
    row: ({ x, shift }, { b }) => {
      const shifted = b.let("shifted", minus(x(), shift()));
      return { sums: shifted, squares: times(shifted, shifted) };
    },
  });
}

/** `y = x * scale + shift`, and clamped to 0..6 if asked for. */
export function normalizeKernel(name: string, activation: "NONE" | "RELU6"): KernelCode {
  return columnKernel(name, {
    matrices: ["x", "y"],
    vectors: ["scale", "shift"],
    results: [],
    row: ({ x, scale, shift }, { write }) => {
      const sum = plus(times(x(), scale()), shift());
      write(
        "y",
        activation === "NONE" ? sum : apply("f32x4.pmin", [
          apply("f32x4.pmax", [sum, vectorOfF32(0)]),
          vectorOfF32(6),
        ]),
      );
      return {};
    },
  });
}

/** The sums that the gradient of batch normalization needs: of dy, and of dy (x - mean). */
export function normalizeSumsKernel(name: string, activation: "NONE" | "RELU6"): KernelCode {
  return columnKernel(name, {
    matrices: ["dy", "x"],
    vectors: ["scale", "shift", "mean"],
    results: ["sums", "products"],
    row: ({ dy, x, scale, shift, mean }, { b }) => {
      const value = b.let("value", x());
      const gradient = b.let("gradient", passed(b, activation, { dy, value, scale, shift }));
      return { sums: gradient, products: times(gradient, minus(value, mean())) };
    },
  });
}

/** `dy = dy * scale + x * b + c`, the gradient of batch normalization with its sums known. */
export function normalizeGradientKernel(name: string, activation: "NONE" | "RELU6"): KernelCode {
  return columnKernel(name, {
    matrices: ["dy", "x"],
    vectors: ["scale", "shift", "b", "c"],
    results: [],
    row: ({ dy, x, scale, shift, b: slope, c }, { b, write }) => {
      const value = b.let("value", x());
      const gradient = passed(b, activation, { dy, value, scale, shift });
      write("dy", plus(plus(times(gradient, scale()), times(value, slope())), c()));
      return {};
    },
  });
}

/**
 * dy, and behind a ReLU6 only where it did not clamp. What it clamped is computed once more: that is
 * cheaper than to read it.
 */
function passed(
  b: KernelBuilder,
  activation: "NONE" | "RELU6",
  { dy, value, scale, shift }: {
    readonly dy: () => Value;
    readonly value: Value;
    readonly scale: () => Value;
    readonly shift: () => Value;
  },
): Value {
  if (activation === "NONE") return dy();
  const sum = b.let("sum", plus(times(value, scale()), shift()));
  return apply("v128.and", [
    apply("v128.and", [dy(), apply("f32x4.gt", [sum, vectorOfF32(0)])]),
    apply("f32x4.lt", [sum, vectorOfF32(6)]),
  ]);
}

/** `y[r][c] = value[c]`. */
export function fillRowsKernel(name: string): KernelCode {
  return columnKernel(name, {
    matrices: ["y"],
    vectors: ["value"],
    results: [],
    row: ({ value }, { write }) => {
      write("y", value());
      return {};
    },
  });
}

interface ColumnKernel {
  /** Matrices of `rows` rows. */
  readonly matrices: readonly string[];
  /** One value for each column. */
  readonly vectors: readonly string[];
  /** Sums over the rows, one for each column. */
  readonly results: readonly string[];
  /** What is done with a vector of a row; returns what is added to the results. */
  readonly row: (
    operands: Readonly<Record<string, () => Value>>,
    context: {
      readonly b: KernelBuilder;
      readonly write: (matrix: string, value: Value) => void;
    },
  ) => Readonly<Record<string, Value>>;
}

/** Vectors of a row worked on together: a cache line, or less if registers would not do. */
const LINE = 4;
const REGISTERS = 12;
const blockOf = ({ vectors, results }: ColumnKernel) =>
  (vectors.length + results.length) * LINE <= REGISTERS ? LINE : LINE / 2;

/** Bytes of a matrix worked on together: they stay in the fastest cache for all columns. */
const CHUNK_BYTES = 2048;

/**
 * A kernel over matrices `[rows][columns]`: a chunk of rows of a block of columns, then the next
 * block, then the next rows.
 */
function columnKernel(name: string, kernel: ColumnKernel): KernelCode {
  const b = new KernelBuilder();
  const { matrices, vectors, results } = kernel;
  const names = [...matrices, ...vectors, ...results];
  const addresses = new Map(names.map((each) => [each, b.parameter(each)]));
  const rows = b.parameter("rows");
  const rowBytes = b.parameter("row_bytes");
  const at = (address: Value, v: number) => ({
    region: MEMORY,
    address,
    offsetBytes: v * VECTOR_BYTES,
  });

  const columns = (
    { first, count }: { readonly first: Value; readonly count: Value },
    from: Value,
    block: number,
  ) => {
    const constants = vectors.map((each) => {
      const address = b.let(`${each}_at`, add(addresses.get(each)!, from));
      return Array.from(
        { length: block },
        (_, v) => b.let(`${each}${v}`, b.load("v128.load", at(address, v))),
      );
    });
    const sums = results.map((each) =>
      Array.from({ length: block }, (_, v) => b.let(`${each}${v}`, vectorOfF32(0)))
    );
    const pointers = matrices.map((each) =>
      b.let(`${each}_at`, add(add(addresses.get(each)!, from), mul(first, rowBytes)))
    );
    b.for("row", { until: count }, () => {
      for (let v = 0; v < block; v++) {
        const operands = Object.fromEntries([
          ...matrices.map((each, i) => [each, () => b.load("v128.load", at(pointers[i], v))]),
          ...vectors.map((each, i) => [each, () => constants[i][v]]),
        ]);
        const write = (matrix: string, value: Value) =>
          b.store("v128.store", at(pointers[matrices.indexOf(matrix)], v), value);
        const terms = kernel.row(operands, { b, write });
        results.forEach((each, i) => b.set(sums[i][v], plus(sums[i][v], terms[each])));
      }
      for (const pointer of pointers) b.advance(pointer, rowBytes);
    });
    results.forEach((each, i) => {
      const address = b.let(`${each}_at`, add(addresses.get(each)!, from));
      b.if(
        first,
        () =>
          sums[i].forEach((sum, v) => b.set(sum, plus(sum, b.load("v128.load", at(address, v))))),
      );
      sums[i].forEach((sum, v) => b.store("v128.store", at(address, v), sum));
    });
  };

  const block = blockOf(kernel);
  const blockBytes = block * VECTOR_BYTES;
  const blocked = b.let("blocked", apply("i32.and", [rowBytes, -blockBytes]));
  const chunk = b.let("chunk", max(apply("i32.div_u", [CHUNK_BYTES, rowBytes]), 1));
  const first = b.let("first", 0);
  const chunks = b.let("chunks", apply("i32.div_u", [sub(add(rows, chunk), 1), chunk]));
  b.for("i", { until: chunks }, () => {
    const part = { first, count: b.let("count", min(chunk, sub(rows, first))) };
    b.for("from", { until: blocked, step: blockBytes }, (from) => columns(part, from, block));
    b.for(
      "from",
      { from: blocked, until: rowBytes, step: VECTOR_BYTES },
      (from) => columns(part, from, 1),
    );
    b.advance(first, chunk);
  });
  return b.finish(name);
}
