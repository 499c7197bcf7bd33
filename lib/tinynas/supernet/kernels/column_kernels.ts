import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, max, min, mul, sub } from "../../../kernel/values.ts";
import {
  forBlocks,
  load,
  minus,
  plus,
  single,
  store,
  times,
  type VectorBlock,
  type VectorBytes,
  zeros,
} from "./vectors.ts";

/** `sums[c] = sum of x[r][c]`. */
export function columnSumsKernel(name: string, widest: VectorBytes): KernelCode {
  return columnKernel(name, {
    widest,
    matrices: ["x"],
    vectors: [],
    results: ["sums"],
    row: ({ x }) => ({ sums: x() }),
  });
}

/** `sums[c] = sum of x[r][c] - shift[c]`, and `squares[c]` that of the squares of these. */
export function columnMomentsKernel(name: string, widest: VectorBytes): KernelCode {
  return columnKernel(name, {
    widest,
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
export function normalizeKernel(
  name: string,
  activation: "NONE" | "RELU6",
  widest: VectorBytes,
): KernelCode {
  return columnKernel(name, {
    widest,
    matrices: ["x", "y"],
    vectors: ["scale", "shift"],
    results: [],
    row: ({ x, scale, shift }, { write, zero, six }) => {
      const sum = plus(times(x(), scale()), shift());
      write(
        "y",
        activation === "NONE" ? sum : apply("f32x4.pmin", [apply("f32x4.pmax", [sum, zero]), six]),
      );
      return {};
    },
  });
}

/**
 * The sums that the gradient of batch normalization needs: of dy, and of dy (x - mean). Behind a
 * ReLU6, dy counts where x is between `low` and `high`, which is where it did not clamp.
 */
export function normalizeSumsKernel(
  name: string,
  activation: "NONE" | "RELU6",
  widest: VectorBytes,
): KernelCode {
  return columnKernel(name, {
    widest,
    matrices: ["dy", "x"],
    vectors: ["low", "high", "mean"],
    results: ["sums", "products"],
    row: ({ dy, x, low, high, mean }, { b }) => {
      const value = b.let("value", x());
      const gradient = activation === "NONE" ? dy() : passed({ dy, value, low, high });
      const slope = b.let("slope", gradient);
      return { sums: slope, products: times(slope, minus(value, mean())) };
    },
  });
}

/** `dy = dy * scale + x * b + c`, the gradient of batch normalization with its sums known. */
export function normalizeGradientKernel(
  name: string,
  activation: "NONE" | "RELU6",
  widest: VectorBytes,
): KernelCode {
  return columnKernel(name, {
    widest,
    matrices: ["dy", "x"],
    vectors: ["low", "high", "scale", "b", "c"],
    results: [],
    row: ({ dy, x, low, high, scale, b: factor, c }, { b, write }) => {
      const value = b.let("value", x());
      const gradient = activation === "NONE" ? dy() : passed({ dy, value, low, high });
      write("dy", plus(plus(times(gradient, scale()), times(value, factor())), c()));
      return {};
    },
  });
}

/** dy, or 0 where the value is not between the limits. */
function passed({ dy, value, low, high }: {
  readonly dy: () => Value;
  readonly value: Value;
  readonly low: () => Value;
  readonly high: () => Value;
}): Value {
  return apply("v128.and", [
    apply("v128.and", [dy(), apply("f32x4.gt", [value, low()])]),
    apply("f32x4.lt", [value, high()]),
  ]);
}

/** `y[r][c] = value[c]`. */
export function fillRowsKernel(name: string, widest: VectorBytes): KernelCode {
  return columnKernel(name, {
    widest,
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
  readonly widest: VectorBytes;
  /** Matrices of `rows` rows. */
  readonly matrices: readonly string[];
  /** One value for each column. */
  readonly vectors: readonly string[];
  /** Sums over the rows, one for each column. */
  readonly results: readonly string[];
  /** What is done with a vector of a row; returns what is added to the results. */
  readonly row: (
    operands: Readonly<Record<string, () => Value>>,
    context: RowContext,
  ) => Readonly<Record<string, Value>>;
}

interface RowContext {
  readonly b: KernelBuilder;
  readonly write: (matrix: string, value: Value) => void;
  /** Limits of a ReLU6: in variables, as constants would be made anew for every vector. */
  readonly zero: Value;
  readonly six: Value;
}

/** Vectors that registers hold of what is one for each column, beside what is computed with. */
const REGISTERS: Readonly<Record<VectorBytes, number>> = { 16: 12, 32: 12, 64: 24 };

/** Vectors of a row worked on together: four, or fewer if registers would not do. */
function blocksOf({ vectors, results, widest }: ColumnKernel): readonly VectorBlock[] {
  const held = vectors.length + results.length;
  return [
    ...[4, 2].filter((count) => held * count <= REGISTERS[widest])
      .map((count) => ({ bytes: widest, count })),
    ...single(widest),
  ];
}

/** Vectors that are worked on one after the other where a row of a block has fewer. */
const TOGETHER = 4;

/** Bytes of a matrix worked on together: they stay in the fastest cache for all columns. */
const CHUNK_BYTES = 4096;

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
  const [zero, six] = [0, 6].map((limit) =>
    b.let(`limit${limit}`, apply("f32x4.splat", [constant(limit, "f32")]))
  );
  const columns = (
    { first, count }: { readonly first: Value; readonly count: Value },
    from: Value,
    { bytes, count: block }: VectorBlock,
  ) => {
    const at = (address: Value, v: number) => ({ address, offsetBytes: v * bytes });
    const constants = vectors.map((each) => {
      const address = b.let(`${each}_at`, add(addresses.get(each)!, from));
      return Array.from(
        { length: block },
        (_, v) => b.let(`${each}${v}`, load(at(address, v), bytes)),
      );
    });
    const sums = results.map((each) =>
      Array.from({ length: block }, (_, v) => b.let(`${each}${v}`, zeros(bytes)))
    );
    const pointers = matrices.map((each) =>
      b.let(`${each}_at`, add(add(addresses.get(each)!, from), mul(first, rowBytes)))
    );
    const row = () => {
      for (let v = 0; v < block; v++) {
        const operands = Object.fromEntries([
          ...matrices.map((each, i) => [each, () => load(at(pointers[i], v), bytes)]),
          ...vectors.map((each, i) => [each, () => constants[i][v]]),
        ]);
        const write = (matrix: string, value: Value) =>
          store(b, at(pointers[matrices.indexOf(matrix)], v), value);
        const terms = kernel.row(operands, { b, write, zero, six });
        results.forEach((each, i) => b.set(sums[i][v], plus(sums[i][v], terms[each])));
      }
      for (const pointer of pointers) b.advance(pointer, rowBytes);
    };
    const together = TOGETHER / block;
    const whole = b.let("whole", apply("i32.and", [count, -together]));
    b.for("rows", { until: whole, step: together }, () => {
      for (let i = 0; i < together; i++) row();
    });
    b.for("row", { from: whole, until: count }, row);
    results.forEach((each, i) => {
      const address = b.let(`${each}_at`, add(addresses.get(each)!, from));
      b.if(
        first,
        () => sums[i].forEach((sum, v) => b.set(sum, plus(sum, load(at(address, v), bytes)))),
      );
      sums[i].forEach((sum, v) => store(b, at(address, v), sum));
    });
  };

  const chunk = b.let("chunk", max(apply("i32.div_u", [CHUNK_BYTES, rowBytes]), 1));
  const first = b.let("first", 0);
  const chunks = b.let("chunks", apply("i32.div_u", [sub(add(rows, chunk), 1), chunk]));
  b.for("i", { until: chunks }, () => {
    const part = { first, count: b.let("count", min(chunk, sub(rows, first))) };
    const blocks = blocksOf(kernel);
    forBlocks(b, { until: rowBytes, blocks }, (from, block) => columns(part, from, block));
    b.advance(first, chunk);
  });
  return b.finish(name);
}
