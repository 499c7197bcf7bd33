import type { KernelCode, Value } from "../../../codegen/kernel/kernel.ts";
import { KernelBuilder } from "../../../codegen/kernel/kernel_builder.ts";
import { add, apply, vectorOfF32 } from "../../../codegen/kernel/values.ts";
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

/** `squares[c] = sum of (x[r][c] - mean[c])^2`. */
export function columnSquaresKernel(name: string): KernelCode {
  return columnKernel(name, {
    matrices: ["x"],
    vectors: ["mean"],
    results: ["squares"],
    row: ({ x, mean }, { b }) => {
      const centred = b.let("centred", minus(x(), mean()));
      return { squares: times(centred, centred) };
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

/**
 * The sums that the gradient of batch normalization needs: of dy, and of dy (x - mean). Behind a
 * ReLU6, dy becomes 0 first where y was clamped.
 */
export function normalizeSumsKernel(name: string, activation: "NONE" | "RELU6"): KernelCode {
  return columnKernel(name, {
    matrices: ["dy", "y", "x"],
    vectors: ["mean"],
    results: ["sums", "products"],
    row: ({ dy, y, x, mean }, { b, write }) => {
      let gradient = b.let("gradient", dy());
      if (activation === "RELU6") {
        const value = b.let("value", y());
        const inside = apply("v128.and", [
          apply("f32x4.gt", [value, vectorOfF32(0)]),
          apply("f32x4.lt", [value, vectorOfF32(6)]),
        ]);
        gradient = b.let("masked", apply("v128.and", [gradient, inside]));
        write("dy", gradient);
      }
      return { sums: gradient, products: times(gradient, minus(x(), mean())) };
    },
  });
}

/** `dy = dy * a + x * b + c`, the gradient of batch normalization with its sums known. */
export function normalizeGradientKernel(name: string): KernelCode {
  return columnKernel(name, {
    matrices: ["dy", "x"],
    vectors: ["a", "b", "c"],
    results: [],
    row: ({ dy, x, a, b, c }, { write }) => {
      write("dy", plus(plus(times(dy(), a()), times(x(), b())), c()));
      return {};
    },
  });
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

/** Columns worked on together: a cache line of each row. */
const BLOCK = 4;

/** A kernel over matrices `[rows][columns]`: all rows of a block of columns, then the next block. */
function columnKernel(name: string, kernel: ColumnKernel): KernelCode {
  const b = new KernelBuilder();
  const { matrices, vectors, results } = kernel;
  const names = [...matrices, ...vectors, ...results];
  const addresses = new Map(names.map((each) => [each, b.parameter(each)]));
  const rows = b.parameter("rows");
  const rowBytes = b.parameter("row_bytes");

  const columns = (from: Value, count: number) => {
    const at = (address: Value, v: number) => ({
      region: MEMORY,
      address,
      offsetBytes: v * VECTOR_BYTES,
    });
    const constants = vectors.map((each) => {
      const address = b.let(`${each}_at`, add(addresses.get(each)!, from));
      return Array.from(
        { length: count },
        (_, v) => b.let(`${each}${v}`, b.load("v128.load", at(address, v))),
      );
    });
    const sums = results.map((each) =>
      Array.from({ length: count }, (_, v) => b.let(`${each}${v}`, vectorOfF32(0)))
    );
    const pointers = matrices.map((each) => b.let(`${each}_at`, add(addresses.get(each)!, from)));
    b.for("row", { until: rows }, () => {
      for (let v = 0; v < count; v++) {
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
      sums[i].forEach((sum, v) => b.store("v128.store", at(address, v), sum));
    });
  };

  const blockBytes = BLOCK * VECTOR_BYTES;
  const blocked = b.let("blocked", apply("i32.and", [rowBytes, -blockBytes]));
  b.for("from", { until: blocked, step: blockBytes }, (from) => columns(from, BLOCK));
  b.for("from", { from: blocked, until: rowBytes, step: VECTOR_BYTES }, (from) => columns(from, 1));
  return b.finish(name);
}
