import type { KernelCode } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, vectorOfF32 } from "../../../kernel/values.ts";
import { MEMORY, VECTOR_BYTES } from "./memory_region.ts";

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
