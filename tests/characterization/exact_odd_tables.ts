import { convTimingColumns, tableFromRows } from "tinyloom";
import { timingTable } from "../measure/timing_table.ts";
import { type Draw, drawer } from "../plan/random_graph.ts";

/** Operators with a colour of their own, and some without. */
export const operatorNames = [
  ...["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "ADD", "AVERAGE_POOL_2D", "MAX_POOL_2D"],
  ...["SOFTMAX", "SEGMENT", "PAD", "RESHAPE", "MEAN", "MUL", "CONCATENATION", "TRANSPOSE_CONV"],
  ...["SVDF", "UNIDIRECTIONAL_SEQUENCE_LSTM", "BATCH_MATMUL", "ABS", "CUMSUM", "WHILE", "SUB"],
];

/** One of some values. */
export const one = <Value>(draw: Draw, values: readonly Value[]): Value =>
  values[draw(values.length)];
/** One row or more. */
export const rowsOf = <Row>(draw: Draw, most: number, make: (index: number) => Row): Row[] =>
  Array.from({ length: 1 + draw(most) }, (_, index) => make(index));
/** Streams of random numbers. */
export const seeds = (length: number) => Array.from({ length }, (_, seed) => drawer(seed));
/** Near where figures are written in another way. */
export const numbers = [0.3, 1, 1.5, 3, 9.99, 10, 12, 20, 60, 300, 999, 1000, 1e6];
const columnsOf = (row: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === "string" ? "name" : typeof value === "boolean" ? "boolean" : "float64",
    ]),
  ) as Record<string, "name" | "boolean" | "float64">;

/** Times, with what may be missing of them. */
export const timed = (draw: Draw) => {
  const threads = draw(3);
  return timingTable(
    rowsOf(draw, 6, (i) => ({
      ...{ kernel: ["naive", "tiled", "best"][i % 3], threads: i < 3 ? 1 : threads + i % 2 },
      ...{ shape: one(draw, ["8x8x8", "8x8x8", "16x8x8", "1x12x12x64", "8x8x8x8x8x8"]) },
      ...{ dtype: one(draw, ["float32", "f32", "i8"]), macs: one(draw, [512, 64, 7e6]) },
      ...{ gmacPerS: one(draw, numbers), peakShare: one(draw, [null, 0.3, 1, 1.01]) },
      ...{ speedup: one(draw, [1, 1, 0.5, 2, 19.9, 20, null]) },
      ...{ speedupLow: one(draw, [1, 1, 0.1, 1.9, null]) },
      ...{ speedupHigh: one(draw, [1, 1, 2.1, 70, null]) },
    })),
    draw(3) === 0 ? { seed: 1 } : { baseline: "naive", seed: 1 },
  );
};

/** Times of convolutions. */
export const convolved = (draw: Draw) =>
  tableFromRows(
    rowsOf(draw, 8, () => ({
      ...{ dtype: one(draw, ["f32", "i8"]), schedule: "[]", threads: 1, samples: 3, batch: 1 },
      ...{ kernel: one(draw, ["direct", "im2col", "winograd2", "direct-simd", "pointwise"]) },
      ...{
        shape: one(draw, ["1x8x8x8,3x3x8", "1x8x8x8,1x1x8", "1x8x8x8,3x3,dw", "1x4x4x4,1x1x2"]),
      },
      ...{ minNs: one(draw, [100, 100, 130, 250]), q1Ns: 1, medianNs: 1, q3Ns: 1, madNs: 0 },
      ...{ outliers: 0, macs: one(draw, [512, 64, 512, 7e6]), gmacPerS: one(draw, numbers) },
      ...{ peakShare: one(draw, [null, 0.3, 1.2]), speedup: one(draw, [1, 3]), checksum: "1f" },
      ...{ speedupLow: 1, speedupHigh: one(draw, [1, 4]), verified: true },
      ...{ multiplications: one(draw, [64, 512]), scratchBytes: 0, preparedBytes: 0 },
    })),
    { columns: convTimingColumns, metadata: { baseline: "direct" } },
  );

const layer = {
  ...{ name: "y", shape: "1x8x8x16", kernel: "conv", schedule: "[]", form: "plain", threads: 1 },
  ...{ medianNs: 2100, timeShare: 0.5, macFactor: 1 },
};
/** Layers of a run. */
export const profiled = (draw: Draw, threads: number) => {
  const ranks = rowsOf(draw, 27, (index) => ({
    ...{ ...layer, index, operator: one(draw, ["CONV_2D", "ADD", "PAD", "SEGMENT"]) },
    ...{ dtype: one(draw, threads === 1 ? ["int8", "int16"] : ["float32"]) },
    ...{ minNs: one(draw, [0.5, 1, 999, 1000, 999_999, 1e6].slice(0, 1 + draw(6))) },
    ...{ macs: 1000 + draw(9000), movedBytes: 1 + draw(4000), macsPerByte: 1 },
    ...{ gmacPerS: draw(5) === 0 ? null : one(draw, numbers) },
  }));
  const totals = { threads, runMinNs: 4100, gmacPerS: one(draw, numbers), explainedShare: 0.97 };
  return tableFromRows(ranks, {
    columns: { ...columnsOf(ranks[0]), gmacPerS: "float64" },
    metadata: { totals: { ...totals, model: one(draw, ["", "net"]) } },
  });
};
/** What a machine can do. */
export const peaks = (draw: Draw) => ({
  ...{ fmaGmacPerS: one(draw, [20, 40]), mulAddGmacPerS: 30, dotGmacPerS: one(draw, [40, 90]) },
  ...{ relaxedDotGmacPerS: 80, loadGBPerS: { l1: 100, l2: 60, memory: 20 } },
});

/** Layers of a project. */
export const deployed = (draw: Draw) => {
  const rows = rowsOf(draw, 28, (index) => ({
    ...{ layer: index, operator: one(draw, operatorNames), kind: "conv", operators: `${index}` },
    ...{ kernel: "conv", macs: 100, outputs: 4, inputs: 4, instructions: one(draw, [0, 9, 8000]) },
    ...{ instructionsPerMac: draw(3) === 0 ? null : one(draw, numbers), cyclesEstimate: null },
    ...{ estimatedInstructions: 100, milliseconds: null, microjoules: null },
  }));
  const totals = {
    ...{ model: one(draw, ["", "net"]), target: "cortex-m4", instructions: 12_345_678 },
    ...{ milliseconds: one(draw, [null, 12.3]), device: "nano33ble", board: "mps2" },
    ...{ isEstimate: draw(2) === 0, flashBytes: { code: 900, weights: 40, tables: 9, total: 949 } },
  };
  return tableFromRows(rows, {
    columns: { ...columnsOf(rows[0]), instructionsPerMac: "float64" },
    metadata: totals,
  });
};

/** Times of models and kernels by back ends. */
export const benched = (draw: Draw) =>
  rowsOf(draw, 12, (i) => ({
    ...{ model: `m${i}`, dtype: one(draw, ["int8", "float32"]), kernel: `k${i % 3}` },
    ...{ backend: `back end ${i % 10}`, minNs: one(draw, [0.2, 1, 50, 999, 1000, 1e6]) },
    ...{ gmacPerS: one(draw, numbers), speedup: one(draw, [1, 3]), threads: 1 + i },
    ...{ shape: "8x8x8" },
  }));
