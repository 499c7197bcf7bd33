import defer * as arrow from "../npm/arrow.ts";
import type { DataType, Vector } from "../npm/arrow.ts";

/**
 * How a column is stored; every one of them may hold nulls.
 *
 * @category Measurement
 */
export type ColumnKind = "name" | "text" | "int32" | "float64" | "boolean";

function arrowType(kind: ColumnKind): DataType {
  switch (kind) {
    case "name":
      return new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32());
    case "text":
      return new arrow.Utf8();
    case "int32":
      return new arrow.Int32();
    case "float64":
      return new arrow.Float64();
    case "boolean":
      return new arrow.Bool();
  }
}

/** An Arrow column of the given kind. */
export function arrowColumn(values: readonly unknown[], kind: ColumnKind): Vector {
  return arrow.vectorFromArray(values as unknown[], arrowType(kind));
}
