import type { Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { constant } from "../../../kernel/values.ts";
import { windowOf } from "../../../plan/overlap_rules.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { Layer, OperandRing } from "../../layer.ts";
import { type IndexRange, rangeOf } from "./index_range.ts";

/** A kernel that is about to be written: its parameters, and what of the output a call computes. */
export interface OpenKernel {
  readonly b: KernelBuilder;
  /** The number of the thread that runs the code. */
  readonly thread: Value;
  /** Of a layer in a segment the rectangle to compute; null: all of the output. */
  readonly area: Area | null;
}

/** A rectangle of the output, or of what a global pool reads. */
export interface Area {
  readonly rows: IndexRange;
  /** Numbers where every call has the same. */
  readonly columns: IndexRange;
  /** Whether they are that. */
  readonly hasFixedColumns: boolean;
  /** The most columns that a call has. */
  readonly mostColumns: number;
  /** Which columns of a tensor in a ring there are. */
  readonly windowOf: (
    ring: OperandRing,
  ) => { readonly firstColumn: Value; readonly columns: Value };
  /** Of a global pool whether the call is the first or the last: see `callFlags`. */
  readonly flags: Value;
}

/** Bytes of the record of a call in a segment, uint16 each, and where it has what. */
export const callRecord = {
  sizeBytes: 12,
  kernel: 0,
  flags: 2,
  rowFrom: 4,
  rowUntil: 6,
  columnFrom: 8,
  columnUntil: 10,
  /** Of a copy, in place of rows: the byte of the arena to read from, uint32. */
  fromByte: 4,
} as const;

/** Flags of a global pool's calls. */
export const callFlags = { isFirst: 1, isLast: 2 } as const;

/**
 * Begins a layer's kernel. Its parameter is the thread's number; in a segment there are two, pointers
 * to the record of the call and to the windows of the pass.
 */
export function openKernel({ call }: Layer): OpenKernel {
  const b = new KernelBuilder();
  if (call === null) return { b, thread: b.parameter("thread"), area: null };
  const record = b.parameter("call");
  const pass = b.parameter("pass");
  const load = (name: string, address: Value, offsetBytes: number) =>
    b.let(name, b.load("i32.load16_u", { region: { ...UNCHECKED, name }, address, offsetBytes }));
  const { columns } = call;
  return {
    b,
    thread: constant(0),
    area: {
      rows: {
        from: load("row_from", record, callRecord.rowFrom),
        until: load("row_until", record, callRecord.rowUntil),
      },
      columns: columns !== null ? rangeOf(...columns) : {
        from: load("column_from", record, callRecord.columnFrom),
        until: load("column_until", record, callRecord.columnUntil),
      },
      hasFixedColumns: columns !== null,
      mostColumns: call.mostColumns,
      windowOf: ({ firstColumn, columns, windowByte }) => ({
        firstColumn: firstColumn !== null
          ? constant(firstColumn)
          : load("first_column", pass, windowByte),
        columns: columns !== null ? constant(columns) : load("columns", pass, windowByte + 2),
      }),
      flags: call.sums === null ? constant(0) : load("flags", record, callRecord.flags),
    },
  };
}

const UNCHECKED = { space: "constants", offsetBytes: 0, sizeBytes: 0, check: null } as const;

/** The window with which a layer walks over its first input, folded padding included. */
export function layerWindow({ model, operator, step }: Layer): SlidingWindow | null {
  const { foldedPadding: padding, inputs: [input] } = step;
  return windowOf(model, operator, padding === null ? null : { padding, input });
}
