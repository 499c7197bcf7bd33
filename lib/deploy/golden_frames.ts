import { ALL_LAYERS } from "../engine/build_module.ts";
import { createEngine } from "../engine/create_engine.ts";
import { randomFrame } from "../engine/profile/random_frame.ts";
import { setInputs } from "../engine/run.ts";
import { runtimeOf } from "../engine/runtime.ts";
import type { ConstantArray } from "../model/constant.ts";
import type { Model } from "../model/model.ts";
import { sizeBytes } from "../model/shape.ts";
import type { Plan } from "../plan/plan.ts";

/** Bytes of a frame's inputs and outputs, as a plan takes and leaves them. */
export interface GoldenFrame {
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/** What the engine gives for frames in order, two random ones if none are given. */
export function goldenFrames(
  model: Model,
  { plan, frames = [1, 2].map((seed) => randomFrame(model, { seed })) }: {
    readonly plan: Plan;
    readonly frames?: readonly (readonly ConstantArray[])[];
  },
): readonly GoldenFrame[] {
  using engine = createEngine(model, { plan, relaxedDot: false });
  const { bytes, map, call } = runtimeOf(engine);
  const bytesOf = (index: number): Uint8Array => {
    const tensor = model.tensors[index];
    const address = map.addressOf(index);
    if (address !== undefined) return bytes.slice(address, address + sizeBytes(tensor));
    return tensor.data ?? new Uint8Array(sizeBytes(tensor));
  };
  return frames.map((frame) => {
    setInputs(engine, frame);
    const inputs = plan.inputs.map(bytesOf);
    call(ALL_LAYERS);
    return { inputs, outputs: plan.outputs.map(bytesOf) };
  });
}
