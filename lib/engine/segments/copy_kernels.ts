import type { KernelCode, Region } from "../../kernel/kernel.ts";
import { KernelBuilder, start } from "../../kernel/kernel_builder.ts";
import { add } from "../../kernel/values.ts";
import type { CopyStep, PlanSegment } from "../../plan/segment.ts";
import { copyRun, copyWords } from "../kernels/movement/copy_bytes.ts";
import { callRecord } from "../kernels/walk/open_kernel.ts";

/** Kernels that copy pixels within the arena, and which of them a micro-step takes. */
export interface CopyKernels {
  readonly names: readonly string[];
  readonly code: readonly KernelCode[];
  readonly indexOf: (copy: CopyStep) => number;
}

/** One kernel for every number of bytes and distance of a segment's copies: one for each mirror. */
export function copyKernels(
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
