import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, vectorOfF32 } from "../../../kernel/values.ts";
import { MEMORY, VECTOR_BYTES } from "./multiply_kernel.ts";

/** `to = clamp(to + from)` to 0..6, a multiple of 16 bytes. */
export function addRelu6Kernel(name: string): KernelCode {
  const b = new KernelBuilder();
  const [to, from, bytes] = ["to", "from", "bytes"].map((each) => b.parameter(each));
  b.for("i", { until: bytes, step: VECTOR_BYTES }, (i) => {
    const target = { region: MEMORY, address: b.let("target", add(to, i)) };
    const sum = apply("f32x4.add", [
      b.load("v128.load", target),
      b.load("v128.load", { region: MEMORY, address: add(from, i) }),
    ]);
    const positive = apply("f32x4.pmax", [sum, vectorOfF32(0)]);
    b.store("v128.store", target, apply("f32x4.pmin", [positive, vectorOfF32(6)]));
  });
  return b.finish(name);
}

/** The gradient behind a ReLU6, from that of its result `y`: `dy` becomes 0 where y was clamped. */
export function maskRelu6Kernel(name: string): KernelCode {
  const b = new KernelBuilder();
  const [dy, y, bytes] = ["dy", "y", "bytes"].map((each) => b.parameter(each));
  b.for("i", { until: bytes, step: VECTOR_BYTES }, (i) => {
    const gradient = { region: MEMORY, address: b.let("gradient", add(dy, i)) };
    const value = b.let("value", b.load("v128.load", { region: MEMORY, address: add(y, i) }));
    const inside = apply("v128.and", [
      apply("f32x4.gt", [value, vectorOfF32(0)]),
      apply("f32x4.lt", [value, vectorOfF32(6)]),
    ]);
    b.store(
      "v128.store",
      gradient,
      apply("v128.and", [b.load("v128.load", gradient), inside]),
    );
  });
  return b.finish(name);
}

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

/**
 * Values as int8 has them: `q = clamp(nearest(value / scale) + zero, -128, 127)`, and `(q - zero) scale`
 * of it in place. All in float32, where such integers are exact.
 */
export function roundKernel(name: string): KernelCode {
  const b = new KernelBuilder();
  const [values, bytes] = ["values", "bytes"].map((each) => b.parameter(each));
  const scalars = ["inverse", "scale", "zero"].map((each) => b.parameter(each, "f32"));
  const [inverse, scale, zero] = scalars.map((scalar, i) =>
    b.let(`scalar${i}`, apply("f32x4.splat", [scalar]))
  );
  const [least, most] = [-128, 127].map((limit, i) =>
    b.let(`limit${i}`, apply("f32x4.sub", [vectorOfF32(limit), zero]))
  );
  b.for("i", { until: bytes, step: VECTOR_BYTES }, (i) => {
    const at = { region: MEMORY, address: b.let("at", add(values, i)) };
    const steps = apply("f32x4.nearest", [
      apply("f32x4.mul", [b.load("v128.load", at), inverse]),
    ]);
    const above = apply("f32x4.pmax", [steps, least]);
    b.store("v128.store", at, apply("f32x4.mul", [apply("f32x4.pmin", [above, most]), scale]));
  });
  return b.finish(name);
}

/** `to += share from`, a multiple of 16 bytes. */
export function addShareKernel(name: string): KernelCode {
  const b = new KernelBuilder();
  const [to, from, bytes] = ["to", "from", "bytes"].map((each) => b.parameter(each));
  const share = b.let("shares", apply("f32x4.splat", [b.parameter("share", "f32")]));
  b.for("i", { until: bytes, step: VECTOR_BYTES }, (i) => {
    const sum = { region: MEMORY, address: b.let("sum", add(to, i)) };
    const term = b.load("v128.load", { region: MEMORY, address: add(from, i) });
    const value = apply("f32x4.add", [
      b.load("v128.load", sum),
      apply("f32x4.mul", [share, term]),
    ]);
    b.store("v128.store", sum, value);
  });
  return b.finish(name);
}
