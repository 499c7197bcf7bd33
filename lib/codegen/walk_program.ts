import { type Touch, traceKernels } from "../kernel/walk/trace_kernels.ts";
import type { WalkedCode } from "../kernel/walk/walked_code.ts";
import { kernelsOf } from "./kernels_of.ts";
import type { Program } from "./program.ts";

/** Elements of the outermost loop that `run` is called with, to do all of it. */
const everything = 2 ** 31 - 1;

/** A program to be followed as it is run by one thread, without what is done ahead of time. */
export function walkedProgram(program: Program): WalkedCode {
  const { run, codes } = kernelsOf(program);
  const args = [0, 1, everything];
  return {
    kernels: [run, ...codes.filter((code) => code !== run)],
    args,
    spaces: {},
    memory: null,
  };
}

/** Reports all accesses of a program in order, each with the index of its buffer. */
export function traceProgram(program: Program, touch: Touch): void {
  const { regions, run } = traceKernels(walkedProgram(program));
  const buffers = regions.map((name) => program.buffers.findIndex((each) => each.name === name));
  run((address, bytes, region, stores, usedBytes) => {
    touch(address, bytes, buffers[region], stores, usedBytes);
  });
}
