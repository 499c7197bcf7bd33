import type { Value } from "../../kernel/kernel.ts";
import type { At, KernelBuilder } from "../../kernel/kernel_builder.ts";
import { apply } from "../../kernel/values.ts";

/**
 * The first float `repeats` times, then the next one, and so on: of that row the elements from
 * `skipped` on, four or the first `count` of these.
 */
export function loadRepeated(
  b: KernelBuilder,
  at: At,
  { repeats, skipped, count }: {
    readonly repeats: number;
    readonly skipped: number;
    readonly count: number;
  },
): Value {
  const indexOf = (lane: number) => Math.floor((skipped + lane) / repeats);
  const place = (index: number) => ({ ...at, offsetBytes: (at.offsetBytes ?? 0) + index * 4 });
  let vector = b.load("v128.load32_splat", place(indexOf(0)));
  for (let lane = 1; lane < count; lane++) {
    if (indexOf(lane) === indexOf(0)) continue;
    vector = apply("f32x4.replace_lane", [vector, b.load("f32.load", place(indexOf(lane)))], [
      lane,
    ]);
  }
  return vector;
}
