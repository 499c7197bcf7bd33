import {
  Bool,
  type DataType,
  Dictionary,
  Float64,
  Int32,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";

/** How a column is stored; every one of them may hold nulls. */
export type ColumnKind = "name" | "text" | "int32" | "float64" | "boolean";

function arrowType(kind: ColumnKind): DataType {
  switch (kind) {
    case "name":
      return new Dictionary(new Utf8(), new Int32());
    case "text":
      return new Utf8();
    case "int32":
      return new Int32();
    case "float64":
      return new Float64();
    case "boolean":
      return new Bool();
  }
}

/** An Arrow column of the given kind. */
export function arrowColumn(values: readonly unknown[], kind: ColumnKind): Vector {
  return vectorFromArray(values as unknown[], arrowType(kind));
}
