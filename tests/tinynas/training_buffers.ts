import { floatsAt, type TrainingMemory } from "../../lib/tinynas/supernet/training_memory.ts";

/** A buffer with values. */
export function filled(memory: TrainingMemory, values: Float32Array) {
  const address = memory.allocate(values.length);
  const floats = floatsAt(memory, address, values.length);
  floats.set(values);
  return { address, floats };
}

/** A buffer of zeros. */
export function zeros(memory: TrainingMemory, count: number) {
  return filled(memory, new Float32Array(count));
}
