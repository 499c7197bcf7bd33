import type { Region } from "../../kernel/kernel.ts";
import type { CopyStep, MicroStep, PlanSegment } from "../../plan/segment.ts";
import type { ConstantPool } from "../constant_pool.ts";
import { EngineError } from "../engine_error.ts";
import { callFlags, callRecord } from "../kernels/open_kernel.ts";
import { operatorOf, passHeadBytes, passWindowBytes } from "./segment_call.ts";

/** A segment as data. */
export interface CallTable {
  /** Records of all calls: see `callRecord`. */
  readonly calls: Region;
  /**
   * A record for each pass and an empty one behind them: where its first call is among all calls, uint32, then
   * the first column and the columns of each ring, uint16.
   */
  readonly passes: Region;
  readonly passBytes: number;
  /** Calls. */
  readonly count: number;
}

/**
 * Places what a segment does, micro-step by micro-step, among the constants.
 *
 * @throws {EngineError} for rows or columns beyond 65,535.
 */
export function callTable(
  { passes, rings }: PlanSegment,
  { name, constants, kernelOf, copyOf }: {
    readonly name: string;
    readonly constants: ConstantPool;
    readonly kernelOf: (operator: number) => number;
    readonly copyOf: (copy: CopyStep) => number;
  },
): CallTable {
  const all = passes.flatMap(({ microSteps }) => microSteps);
  const bytes = new Uint8Array(all.length * callRecord.sizeBytes);
  const view = new DataView(bytes.buffer);
  all.forEach((micro, i) => writeCall(micro, i * callRecord.sizeBytes));
  const calls = constants.place(`${name}_calls`, bytes);
  const passBytes = passHeadBytes + rings.length * passWindowBytes;
  const heads = new DataView(new ArrayBuffer((passes.length + 1) * passBytes));
  let next = 0;
  passes.forEach(({ windows, microSteps }, i) => {
    heads.setUint32(i * passBytes, next, true);
    windows.forEach(({ firstColumn, columns }, ring) => {
      const at = i * passBytes + passHeadBytes + ring * passWindowBytes;
      setUint16(heads, at, firstColumn);
      setUint16(heads, at + 2, columns);
    });
    next += microSteps.length * callRecord.sizeBytes;
  });
  heads.setUint32(passes.length * passBytes, next, true);
  const region = constants.place(`${name}_passes`, new Uint8Array(heads.buffer));
  return { calls, passes: region, passBytes, count: all.length };

  function writeCall(micro: MicroStep, at: number): void {
    const set = (field: number, value: number) => setUint16(view, at + field, value);
    if ("copy" in micro) {
      set(callRecord.kernel, copyOf(micro));
      return view.setUint32(at + callRecord.fromByte, micro.fromByte, true);
    }
    set(callRecord.kernel, kernelOf(operatorOf(micro)));
    set(callRecord.rowFrom, micro.rows[0]);
    set(callRecord.rowUntil, micro.rows[1]);
    set(callRecord.columnFrom, micro.columns[0]);
    set(callRecord.columnUntil, micro.columns[1]);
    if (!("reduce" in micro)) return;
    const { isFirst, isLast } = micro;
    set(callRecord.flags, (isFirst ? callFlags.isFirst : 0) + (isLast ? callFlags.isLast : 0));
  }
}

function setUint16(view: DataView, at: number, value: number): void {
  if (value > 0xffff) {
    throw new EngineError(`row or column ${value} in a segment, needed at most ${0xffff}`);
  }
  view.setUint16(at, value, true);
}
