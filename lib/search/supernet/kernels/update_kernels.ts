import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply } from "../../../kernel/values.ts";
import { MEMORY, VECTOR_BYTES } from "./memory_region.ts";

/** Vectors of a cache line. */
const LINE = 4;

/** `to += from`, a multiple of 16 bytes. */
export function addKernel(name: string): KernelCode {
  const b = new KernelBuilder();
  const [to, from, bytes] = ["to", "from", "bytes"].map((each) => b.parameter(each));
  const addAt = (i: Value, vectors: number) => {
    const [target, source] = [b.let("target", add(to, i)), b.let("source", add(from, i))];
    for (let v = 0; v < vectors; v++) {
      const [sum, term] = [target, source].map((address) => ({
        region: MEMORY,
        address,
        offsetBytes: v * VECTOR_BYTES,
      }));
      const value = apply("f32x4.add", [b.load("v128.load", sum), b.load("v128.load", term)]);
      b.store("v128.store", sum, value);
    }
  };
  const lineBytes = LINE * VECTOR_BYTES;
  const lines = b.let("lines", apply("i32.and", [bytes, -lineBytes]));
  b.for("i", { until: lines, step: lineBytes }, (i) => addAt(i, LINE));
  b.for("i", { from: lines, until: bytes, step: VECTOR_BYTES }, (i) => addAt(i, 1));
  return b.finish(name);
}

/**
 * One step of gradient descent with momentum, as PyTorch's SGD has it: `v = momentum v + g + decay w`,
 * `w -= rate v`; the gradient becomes 0 for the next step.
 */
export function descendKernel(name: string): KernelCode {
  const b = new KernelBuilder();
  const [weights, gradients, velocities, bytes] = ["weights", "gradients", "velocities", "bytes"]
    .map((each) => b.parameter(each));
  const [rate, momentum, decay] = ["rate", "momentum", "decay"].map((each) => {
    const scalar = b.parameter(each, "f32");
    return () => b.let(`${each}s`, apply("f32x4.splat", [scalar]));
  }).map((splat) => splat());
  b.for("i", { until: bytes, step: VECTOR_BYTES }, (i) => {
    const [w, g, v] = [weights, gradients, velocities].map((each, index) => ({
      region: MEMORY,
      address: b.let(`at${index}`, add(each, i)),
    }));
    const weight = b.let("weight", b.load("v128.load", w));
    const slope = apply("f32x4.add", [
      b.load("v128.load", g),
      apply("f32x4.mul", [decay, weight]),
    ]);
    const velocity = b.let(
      "velocity",
      apply("f32x4.add", [apply("f32x4.mul", [momentum, b.load("v128.load", v)]), slope]),
    );
    b.store("v128.store", v, velocity);
    b.store("v128.store", w, apply("f32x4.sub", [weight, apply("f32x4.mul", [rate, velocity])]));
    b.store("v128.store", g, apply("v128.xor", [velocity, velocity]));
  });
  return b.finish(name);
}
