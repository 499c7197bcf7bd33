import type { LayerKernel } from "../../lib/engine/layer.ts";
import { runtimeOf } from "../../lib/engine/runtime.ts";
import { createEngine, type Model, planMemory, run, type Step } from "../../mod.ts";

/** What a model of one operator makes of its input by a reader's steps, and its kernel. */
export function runScheduled(
  model: Model,
  { input, steps }: { readonly input: Float32Array; readonly steps: readonly Step[] | null },
): { readonly output: Float32Array; readonly kernel: LayerKernel } {
  const plan = planMemory(model, { techniques: ["optimal-offsets"] });
  using engine = createEngine(model, { plan, ...steps && { schedules: { 0: steps } } });
  const [output] = run(engine, [input]);
  return { output: output.slice() as Float32Array, kernel: runtimeOf(engine).kernels[0] };
}
