import type { KernelCode, Region, Value } from "../../kernel/kernel.ts";
import { KernelBuilder, start } from "../../kernel/kernel_builder.ts";
import { add, apply } from "../../kernel/values.ts";
import {
  type CopyStep,
  type MicroStep,
  type PlanSegment,
  segmentForm,
} from "../../plan/segment.ts";
import type { ConstantPool } from "../constant_pool.ts";
import { EngineError } from "../engine_error.ts";
import { copyRun, copyWords } from "../kernels/movement/copy_bytes.ts";
import { callFlags, callRecord } from "../kernels/walk/open_kernel.ts";
import type { LayerKernel } from "../layer.ts";
import { calledOperator, passHeadBytes, passWindowBytes } from "./segment_call.ts";

/** A step of a segment with its kernel. */
export interface SegmentPart {
  readonly operator: number;
  readonly name: string;
  /** Pixels of its output, or of a global pool's input. */
  readonly pixels: number;
  readonly kernel: LayerKernel;
}

/**
 * The code of a segment: it goes through a table of calls, one for every micro-step of every pass,
 * and calls the kernel that is its turn with the record of the call and that of the pass.
 */
export function segmentKernel(
  segment: PlanSegment,
  { index, parts, constants, checked, vectors }: {
    readonly index: number;
    readonly parts: readonly SegmentPart[];
    readonly constants: ConstantPool;
    readonly checked: boolean;
    /** Whether copies may go by vectors of 16 bytes. */
    readonly vectors: boolean;
  },
): LayerKernel {
  const name = `segment${index}`;
  const copies = copyKernels(segment, { segment: name, vectors });
  const callees = [...parts.map(({ kernel }) => kernel.code[0].name), ...copies.names];
  const { calls, passes, passBytes, count } = callTable(segment, {
    name,
    constants,
    kernelOf: (operator) => parts.findIndex((part) => part.operator === operator),
    copyOf: (copy) => parts.length + copies.indexOf(copy),
  });

  const b = new KernelBuilder();
  b.parameter("thread");
  const call = (at: Value, pass: Value, kernel: Value, from: number, until: number): void => {
    if (until - from === 1) return b.call(callees[from], [at, pass]);
    const middle = Math.floor((from + until) / 2);
    b.if(
      apply("i32.lt_u", [kernel, middle]),
      () => call(at, pass, kernel, from, middle),
      () => call(at, pass, kernel, middle, until),
    );
  };
  const lastPass = start(passes, segment.passes.length * passBytes);
  const number = checked ? b.let("number", 0) : null;
  b.for("pass", { from: start(passes), until: lastPass, step: passBytes }, (pass) => {
    const bound = (offsetBytes: number) =>
      b.let(
        "calls",
        add(start(calls), b.load("i32.load", { region: passes, address: pass, offsetBytes })),
      );
    const [from, until] = [bound(0), bound(passBytes)];
    b.for("call", { from, until, step: callRecord.sizeBytes }, (at) => {
      if (number !== null) {
        b.call("checkCall", [index, number]);
        b.advance(number, 1);
      }
      const place = { region: calls, address: at, offsetBytes: callRecord.kernel };
      const kernel = b.let("kernel", b.load("i32.load16_u", place));
      call(at, pass, kernel, 0, callees.length);
    });
  });
  const remarks = parts.map(({ name, operator, pixels, kernel }) => {
    const done = pixelsOf(segment, operator);
    const again = done > pixels ? [`pixels x ${(done / pixels).toFixed(4)}`] : [];
    const steps = kernel.nest?.steps.map((step) => JSON.stringify(step)) ?? [];
    const all = [kernel.kernel, ...again, ...steps, ...kernel.remarks].join(", ");
    return `operator ${operator} ${name}: ${all}`;
  });
  return {
    kernel: `segment ${segmentForm(segment)}`,
    remarks: [`${count} calls`, ...remarks],
    code: [b.finish(name), ...parts.flatMap(({ kernel }) => kernel.code), ...copies.code],
    isParallel: false,
  };
}

/** Pixels that all calls of an operator compute together. */
function pixelsOf({ passes }: PlanSegment, operator: number): number {
  let pixels = 0;
  for (const { microSteps } of passes) {
    for (const micro of microSteps) {
      if ("copy" in micro || calledOperator(micro) !== operator) continue;
      const { rows, columns } = micro;
      pixels += (rows[1] - rows[0]) * (columns[1] - columns[0]);
    }
  }
  return pixels;
}

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
function callTable(
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
    set(callRecord.kernel, kernelOf(calledOperator(micro)));
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

/** Kernels that copy pixels within the arena, and which of them a micro-step takes. */
export interface CopyKernels {
  readonly names: readonly string[];
  readonly code: readonly KernelCode[];
  readonly indexOf: (copy: CopyStep) => number;
}

/** One kernel for every number of bytes and distance of a segment's copies: one for each mirror. */
function copyKernels(
  { passes }: PlanSegment,
  { segment, vectors }: { readonly segment: string; readonly vectors: boolean },
): CopyKernels {
  const copies = new Map<string, CopyStep>();
  for (const { microSteps } of passes) {
    for (const micro of microSteps) if ("copy" in micro) copies.set(keyOf(micro), micro);
  }
  const keys = [...copies.keys()];
  const code = [...copies.values()].map((copy, i) =>
    copyKernel(copy, { name: `${segment}_copy${i}`, vectors })
  );
  return {
    names: code.map(({ name }) => name),
    code,
    indexOf: (copy) => keys.indexOf(keyOf(copy)),
  };
}

function keyOf({ fromByte, toByte, sizeBytes }: CopyStep): string {
  return `${toByte - fromByte} ${sizeBytes}`;
}

function copyKernel(
  { copy, fromByte, toByte, sizeBytes }: CopyStep,
  { name, vectors }: { readonly name: string; readonly vectors: boolean },
): KernelCode {
  const b = new KernelBuilder();
  const call = b.parameter("call");
  b.parameter("pass");
  // Checked mode follows copies by their table, not access by access.
  const region: Region = {
    name: `t${copy}`,
    space: "arena",
    offsetBytes: 0,
    sizeBytes: 0,
    check: null,
  };
  const record = { region: CALLS, address: call, offsetBytes: callRecord.fromByte };
  const address = b.let("from", add(start(region), b.load("i32.load", record)));
  const to = { region, address, offsetBytes: toByte - fromByte };
  const move = vectors ? copyRun : copyWords;
  move(b, { from: { region, address }, to, bytes: sizeBytes });
  return b.finish(name);
}

const CALLS: Region = {
  name: "calls",
  space: "constants",
  offsetBytes: 0,
  sizeBytes: 0,
  check: null,
};
