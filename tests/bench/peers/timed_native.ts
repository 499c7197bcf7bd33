import type { NativeKernel, TensorData, Timed } from "tinyloom";
import { clearOutputs, fillInputs } from "../../../lib/codegen/execute.ts";
import { type Reference, verifyOutput } from "../../../lib/measure/timed_nest.ts";
import { meaningOf } from "../../../lib/nest/pipeline.ts";

/** A native kernel that can be verified and timed. */
export function timedNative(
  name: string,
  kernel: NativeKernel,
  { inputs, reference }: {
    readonly inputs: Readonly<Record<string, TensorData>>;
    readonly reference: Reference;
  },
): Timed & Partial<Disposable> {
  const meaning = meaningOf(kernel.computation);
  const { tensor } = meaning.body.target;
  return {
    name,
    shape: kernel.computation.shape,
    dtype: meaning.tensors.find((each) => each.name === tensor)!.dtype,
    schedule: "steps" in kernel.computation ? kernel.computation.steps : [],
    threads: kernel.threads,
    macs: meaning.axes.reduce((product, axis) => product * axis.extent, 1),
    verify: () => {
      fillInputs(kernel.computation, inputs, kernel.tensors);
      clearOutputs(kernel.computation, kernel.tensors);
      kernel.prepare();
      kernel.run();
      return verifyOutput(kernel.tensors[tensor], reference);
    },
    warm: kernel.run,
    run: kernel.run,
  };
}
