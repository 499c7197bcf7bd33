import type { Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, asValue, choose, mul, type Operand, sub } from "../../../kernel/values.ts";
import type { PlacedTensor as Tensor } from "../../layer.ts";
import type { Area } from "./open_kernel.ts";

/** Where the rows and columns of a tensor lie: one after the other, or in a segment's ring. */
export interface ImagePlace {
  /**
   * Pointer to column 0 of a row, or to where it would lie: the row's columns follow each other. In a
   * ring of pixels those do that lie behind column `anchor`, whose slot is looked up.
   */
  readonly lineOf: (row: Operand, anchor: Operand) => Value;
  /** How to get from a line to the one `rows` further down, which is in memory as well. */
  readonly stepOf: (rows: number, anchor: Operand) => RowStep;
}

/** From row to row. */
export interface RowStep {
  /** A fixed number of bytes; null in a ring, where rows go on at its beginning. */
  readonly bytes: number | null;
  /** The next line. */
  readonly next: (line: Value) => Value;
  /**
   * What moves a pointer into a line on to the next one, and to those that follow. `line` is where
   * the line that it points into begins.
   */
  readonly mover: (pointer: Value, line: Value) => () => void;
}

/** The place of a tensor of images with `width` columns. */
export function imagePlace(
  b: KernelBuilder,
  { region, ring: given }: Tensor,
  { area, width, pixelBytes }: {
    readonly area: Area | null;
    readonly width: number;
    readonly pixelBytes: number;
  },
): ImagePlace {
  if (given === null || area === null) {
    const lineBytes = width * pixelBytes;
    return {
      lineOf: (row) => add(start(region), mul(row, lineBytes)),
      stepOf: (rows) => plainStep(b, rows * lineBytes),
    };
  }
  const { ring } = given;
  const { firstColumn, columns } = area.windowOf(given);
  if (ring.layout === "rows") {
    const first = sub(start(region), mul(firstColumn, pixelBytes));
    const begin = first.kind === "address" ? first : b.let("ring", first);
    return {
      lineOf: (row) => add(begin, mul(apply("i32.rem_u", [row, ring.rows]), ring.rowBytes)),
      stepOf: (rows) =>
        ringStep(b, {
          bytes: asValue(rows * ring.rowBytes),
          ringBytes: ring.rows * ring.rowBytes,
          end: add(begin, ring.rows * ring.rowBytes),
        }),
    };
  }
  const ringBytes = ring.pixels * pixelBytes;
  return {
    lineOf: (row, anchor) => {
      const pixel = sub(add(mul(row, columns), anchor), firstColumn);
      const slot = mul(apply("i32.rem_u", [pixel, ring.pixels]), pixelBytes);
      return sub(add(start(region), slot), mul(anchor, pixelBytes));
    },
    stepOf: (rows, anchor) =>
      ringStep(b, {
        bytes: mul(columns, rows * pixelBytes),
        ringBytes,
        end: sub(start(region, ringBytes), mul(anchor, pixelBytes)),
      }),
  };
}

function plainStep(b: KernelBuilder, bytes: number): RowStep {
  return {
    bytes,
    next: (line) => add(line, bytes),
    mover: (pointer) => () => b.advance(pointer, bytes),
  };
}

/** Rows that are in memory together are less than a ring apart: one subtraction gets back into it. */
function ringStep(
  b: KernelBuilder,
  { bytes, ringBytes, end }: {
    readonly bytes: Value;
    readonly ringBytes: number;
    /** Where column 0 of a line behind the ring's end would lie. */
    readonly end: Value;
  },
): RowStep {
  const within = (moved: Value, limit: Value) => (
    choose(apply("i32.ge_s", [moved, limit]), sub(moved, ringBytes), moved)
  );
  return {
    bytes: null,
    next: (line) => within(b.let("below", add(line, bytes)), end),
    mover: (pointer, line) => {
      const limit = b.let("limit", add(end, sub(pointer, line)));
      return () => {
        b.advance(pointer, bytes);
        b.set(pointer, within(pointer, limit));
      };
    },
  };
}
