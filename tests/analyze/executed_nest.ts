// What a nest or a pipeline really executes.
import { lowerComputation } from "../../lib/codegen/lower_pipeline.ts";
import { layOut, walkedProgram } from "../../lib/codegen/program_kernels.ts";
import { type Computation, count, type Counts } from "../../mod.ts";
import { assertEquals } from "../assert.ts";
import { countingCode, type Executed } from "../kernel/counting_code.ts";

/** Runs a computation in code that counts what it executes. */
export function executedBy(computation: Computation): Executed {
  const program = lowerComputation(computation);
  const { kernels, args, spaces } = walkedProgram(program);
  const { pages } = layOut(program.buffers, 1);
  const { wasm, memoryPages, executed } = countingCode(kernels, { memoryPages: pages, spaces });
  const memory = new WebAssembly.Memory({ initial: memoryPages, maximum: memoryPages });
  const module = new WebAssembly.Module(wasm);
  const { exports } = new WebAssembly.Instance(module, { kernel: { memory } });
  (exports.run as (...args: number[]) => void)(...args);
  return executed(memory.buffer);
}

/** Counts of a computation, once they have proved to be what it executes. */
export function provenCounts(computation: Computation): Counts {
  const counts = count(computation);
  const { regions: _, ...executed } = executedBy(computation);
  const counted = Object.fromEntries(
    Object.keys(executed).map((key) => [key, counts[key as keyof typeof executed]]),
  );
  assertEquals(counted, executed, JSON.stringify("steps" in computation && computation.steps));
  return counts;
}
