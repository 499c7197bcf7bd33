import { throwIfStopped } from "../../host.ts";
import type { KernelCode } from "../kernel.ts";
import { type KernelCounts, sumTallies, type Tally } from "./tally.ts";
import { WalkContext, type WalkedCode } from "./walk_context.ts";
import { writeStatements } from "./write_statement.ts";
import { writeValue } from "./write_value.ts";

/**
 * Counts exactly what kernels execute, without running them: only what decides about control flow is
 * computed, and loops every pass of which does the same are not gone through.
 *
 * @throws {TypeError} if that depends on vectors or floats, on what the kernels themselves write, or
 *   on a memory that is not given.
 * @throws {DOMException} if it is ended before there is an answer.
 */
export function countKernels(code: WalkedCode): KernelCounts {
  const { javascript, tallies, regions } = writeWalk(code, "count");
  const times = new Float64Array(tallies.length);
  throwIfStopped();
  new Function("$times", "$view", "$look", javascript)(times, memoryView(code), throwIfStopped);
  return sumTallies(tallies, { times, regions });
}

/** The memory of kernels that are followed, as numbers. */
function memoryView({ memory }: WalkedCode): DataView | null {
  return memory && new DataView(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length);
}

/**
 * Called for every load and store, in order: byte address, size, index of the region, which it is,
 * and how many of the bytes matter.
 */
export type Touch = (
  address: number,
  bytes: number,
  region: number,
  stores: boolean,
  usedBytes: number,
) => void;

/** Kernels whose accesses are about to be reported. */
export interface Trace {
  /** Names of the regions, by index. */
  readonly regions: readonly string[];
  /** Reports all accesses, in the order in which they are made. */
  readonly run: (touch: Touch) => void;
}

/**
 * The addresses that kernels access, without what they compute.
 *
 * @throws {TypeError} if an address or a decision depends on vectors or floats, or on a memory that is
 *   not given; `run`, if it depends on bytes that the kernels themselves have written.
 * @throws {DOMException} from `run`, if it is ended before its end.
 */
export function traceKernels(code: WalkedCode): Trace {
  const { javascript, regions } = writeWalk(code, "trace");
  const written = new Function("$touch", "$view", "$expect", "$look", javascript);
  const walk = (touch: Touch, view: DataView | null, expect: unknown) => {
    throwIfStopped();
    written(touch, view, expect, throwIfStopped);
  };
  const view = memoryView(code);
  return {
    regions,
    run: (touch) => {
      if (view === null || !javascript.includes("$expect(")) return walk(touch, view, null);
      const written = new Uint8Array(view.byteLength);
      const expect = (address: number, bytes: number): void => {
        for (let byte = address; byte < address + bytes; byte++) {
          if (written[byte] === 0) continue;
          throw new TypeError(
            `kernel ${
              code.kernels[0].name
            }: what is executed, or where, depends on byte ${byte}, ` +
              `which it has written before`,
          );
        }
      };
      const noting: Touch = (address, bytes, region, stores, usedBytes) => {
        if (stores) written.fill(1, address, address + bytes);
        touch(address, bytes, region, stores, usedBytes);
      };
      return walk(noting, view, expect);
    },
  };
}

/**
 * Kernels written out as JavaScript that follows their control flow and nothing else: the body of a
 * function of `$times`, in which it sums up how often each stretch is executed, or of `$touch`, to
 * which it reports accesses, and `$expect`; and of `$view`, a DataView of the memory, and `$look`, which
 * throws if it is to end.
 */
export interface WrittenWalk {
  readonly javascript: string;
  /** What each number of `$times` counts. */
  readonly tallies: readonly Tally[];
  /** Names of regions, by the index with which they are reported. */
  readonly regions: readonly string[];
}

/** @throws {TypeError} for control flow, or traced addresses, that cannot be followed. */
export function writeWalk(code: WalkedCode, mode: "count" | "trace"): WrittenWalk {
  const context = new WalkContext(code, { isTrace: mode === "trace" });
  const functions = code.kernels.flatMap((kernel, i) => writeFunction(context, kernel, `$f${i}`));
  const args = ["1", ...code.args].join(", ");
  return {
    javascript: ["let $passes = 0;", ...functions, `$f0(${args});`].join("\n"),
    tallies: context.tallies,
    regions: context.regions,
  };
}

function writeFunction(context: WalkContext, kernel: KernelCode, name: string): readonly string[] {
  const parameters = context.open(kernel);
  const stretch = context.stretch("$w", false);
  writeStatements(context, kernel.body, stretch);
  const isWanted = context.wanted.results.has(kernel.name);
  const result = kernel.returns === null
    ? ""
    : writeValue(context, kernel.returns, { isWanted, isData: !isWanted }, stretch);
  const lines = context.close(stretch);
  const variables = context.variables();
  return [
    `function ${name}(${["$w", ...parameters].join(", ")}) {`,
    ...variables.length === 0 ? [] : [`let ${variables.map((each) => `${each} = 0`).join(", ")};`],
    ...lines,
    ...isWanted ? [`return ${result};`] : [],
    "}",
  ];
}
