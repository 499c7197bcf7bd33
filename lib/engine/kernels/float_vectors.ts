import type { Value } from "../../codegen/kernel/kernel.ts";
import type { At, KernelBuilder } from "../../codegen/kernel/kernel_builder.ts";
import { apply } from "../../codegen/kernel/values.ts";

/** The first `count` floats at a place, four at most, and no byte more; zeros behind them. */
export function loadFloats(b: KernelBuilder, at: At, count: number): Value {
  if (count >= 4) return b.load("v128.load", at);
  if (count === 1) return b.load("v128.load32_zero", at);
  const two = b.load("v128.load64_zero", at);
  return count === 2 ? two : withFloat(b, two, { lane: 2, at: after(at, 2) });
}

/** `repeats` times the first float, `repeats` times the next, and so on, from the place `skipped` on. */
export function loadRepeated(
  b: KernelBuilder,
  at: At,
  { repeats, skipped, count }: {
    readonly repeats: number;
    readonly skipped: number;
    readonly count: number;
  },
): Value {
  const element = (lane: number) => Math.floor((skipped + lane) / repeats);
  let vector = b.load("v128.load32_splat", after(at, element(0)));
  for (let lane = 1; lane < Math.min(4, count); lane++) {
    if (element(lane) === element(0)) continue;
    vector = withFloat(b, vector, { lane, at: after(at, element(lane)) });
  }
  return vector;
}

function withFloat(
  b: KernelBuilder,
  vector: Value,
  { lane, at }: { readonly lane: number; readonly at: At },
): Value {
  return apply("f32x4.replace_lane", [vector, b.load("f32.load", at)], [lane]);
}

function after(at: At, floats: number): At {
  return { ...at, offsetBytes: (at.offsetBytes ?? 0) + floats * 4 };
}
