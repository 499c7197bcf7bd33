import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { type At, KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, mul, vectorOfF32, vectorOfI32 } from "../../../kernel/values.ts";
import { elements } from "../../../model/shape.ts";
import { hasVectors, type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { channelFactors } from "../../reference/arithmetic.ts";
import { integerRange as typeRange, zeroPointOf } from "../../reference/expect.ts";
import { matmulOperation, type MatmulWalk, matmulWalk } from "../../reference/matmul_operation.ts";
import { isShared } from "../elementwise/element_loops.ts";
import { prepareConstantRescale } from "../requantize/constant_rescale.ts";
import { walkBatches } from "../scalar/matmul_scalar.ts";
import { storeBytes } from "../vectors/bytes.ts";
import { largestCentred, narrowToInt8 } from "../vectors/quantized_vectors.ts";
import { forRange, rangeOf, share } from "../walk/index_range.ts";
import { addProducts, type ProductType } from "./add_products.ts";
import { columnSource, rowSource } from "./matrix_source.ts";

/** Rows and columns of a tile. */
const ROWS = 4;
const COLUMNS = 8;

/**
 * BATCH_MATMUL of int8 and float32: tiles of rows and columns, so that what is loaded of either
 * operand is used several times; columns that lie side by side along the sum are transposed on the way.
 */
export function matmulVectors(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "BATCH_MATMUL");
  const { name, inputs: [x, w], outputs: [output], threads } = layer;
  const { dtype, shape } = output.tensor;
  if (operator === null || !hasVectors(layer)) return null;
  if (dtype !== "float32" && dtype !== "int8" || elements(shape) === 0) return null;
  const walk = matmulWalk([x!.tensor, w!.tensor], output.tensor, operator.attributes);
  const tiles = Math.ceil(walk.rows / ROWS);
  const isParallel = isShared(layer, elements(shape)) && tiles >= threads;
  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const finish = dtype === "float32" ? storeFloats : storeInt8(layer, walk.depth);
  const whole = Math.floor(walk.rows / ROWS);
  const lines = isParallel ? share(thread, whole, threads) : rangeOf(0, whole);
  const bytes = dtype === "float32" ? 4 : 1;

  walkBatches(b, { walk, shape, bytes }, ([left, right, first]) => {
    const [xAt, wAt, yAt] = [
      b.let("x_matrix", add(start(x!.region), left)),
      b.let("w_matrix", add(start(w!.region), right)),
      b.let("y_matrix", add(start(output.region), mul(first, bytes))),
    ];
    const tile = (row: Value, rows: number) =>
      emitRows(b, { layer, walk, dtype, finish }, {
        rows,
        x: b.let("x_rows", add(xAt, mul(row, walk.x.line * bytes))),
        w: wAt,
        y: b.let("y_rows", add(yAt, mul(row, walk.columns * bytes))),
      });
    forRange(b, { name: "tile", range: lines, isReverse: false }, (index) => {
      tile(b.let("row", mul(index, ROWS)), ROWS);
    });
    const rest = walk.rows % ROWS;
    const last = () => tile(add(0, whole * ROWS), rest);
    if (rest > 0 && isParallel) b.if(apply("i32.eq", [thread, threads - 1]), last);
    else if (rest > 0) last();
  });
  return {
    kernel: `matmul ${dtype} ${ROWS}x${COLUMNS}`,
    remarks: isParallel ? [`parallel rows over ${threads} threads`] : [],
    code: [b.finish(name), ...finish.code],
    isParallel,
  };
}

/** What becomes of the sums of a tile. */
interface StoreTile {
  readonly begin: Value;
  readonly store: (b: KernelBuilder, sums: readonly Value[], at: At, columns: number) => void;
  readonly code: readonly KernelCode[];
}

/** All columns of some rows. */
function emitRows(
  b: KernelBuilder,
  { layer, walk, dtype, finish }: {
    readonly layer: Layer;
    readonly walk: MatmulWalk;
    readonly dtype: ProductType;
    readonly finish: StoreTile;
  },
  { rows, x, w, y }: {
    readonly rows: number;
    readonly x: Value;
    readonly w: Value;
    readonly y: Value;
  },
): void {
  const { inputs: [left, right], outputs: [{ region }], constants } = layer;
  const bytes = dtype === "float32" ? 4 : 1;
  const zeroOf = (operand: typeof left) => dtype === "float32" ? 0 : zeroPointOf(operand!.tensor);
  const isByRows = walk.w.line === 1;
  const block = (column: Value, columns: number) => {
    const sums = Array.from(
      { length: rows },
      () => Array.from({ length: Math.ceil(columns / 4) }, () => b.let("sum", finish.begin)),
    );
    addProducts(b, constants, {
      dtype,
      depth: walk.depth,
      sums,
      x: {
        region: left!.region,
        address: x,
        apartBytes: walk.x.line * bytes,
        stepBytes: walk.x.depth * bytes,
        zeroPoint: zeroOf(left),
      },
      weights: (isByRows ? rowSource : columnSource)(constants, {
        dtype,
        region: right!.region,
        address: add(w, mul(column, walk.w.line * bytes)),
        columns,
        apartBytes: (isByRows ? walk.w.depth : walk.w.line) * bytes,
        zeroPoint: zeroOf(right),
      }),
    });
    const address = b.let("y", add(y, mul(column, bytes)));
    sums.forEach((row, p) => {
      finish.store(b, row, { region, address, offsetBytes: p * walk.columns * bytes }, columns);
    });
  };
  const whole = walk.columns - walk.columns % COLUMNS;
  b.for("column", { until: whole, step: COLUMNS }, (column) => block(column, COLUMNS));
  if (whole < walk.columns) block(add(0, whole), walk.columns - whole);
}

const storeFloats: StoreTile = {
  begin: vectorOfF32(0),
  store: (b, sums, at, columns) =>
    sums.forEach((sum, v) => {
      const place = { ...at, offsetBytes: at.offsetBytes! + 16 * v };
      storeBytes(b, place, sum, 4 * (columns - 4 * v));
    }),
  code: [],
};

function storeInt8(
  { constants, inputs: [x, w], outputs: [output] }: Layer,
  depth: number,
): StoreTile {
  const [left, right] = [x!.tensor, w!.tensor];
  const [factor] = channelFactors(matmulOperation([left, right], output.tensor));
  const bound = depth * largestCentred(left) * largestCentred(right);
  const rescale = prepareConstantRescale(constants, { factor, bound });
  const zeroPoint = zeroPointOf(output.tensor);
  return {
    begin: vectorOfI32(0),
    store: (b, sums, at, columns) => {
      const scaled = sums.map((sum) => b.let("q", rescale.apply(b, sum)));
      const bytes = narrowToInt8(constants, scaled, { zeroPoint, range: typeRange("int8") });
      storeBytes(b, at, b.let("bytes", bytes), columns);
    },
    code: rescale.code,
  };
}
