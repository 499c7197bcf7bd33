import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, mul } from "../../../kernel/values.ts";
import { elements } from "../../../model/shape.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { NO_AXIS } from "../../reference/arg_extreme.ts";
import { refuse } from "../../refusal.ts";
import { isShared } from "../elementwise/element_loops.ts";
import { listValues } from "../movement/run_time_list.ts";
import { forRange, rangeOf, share } from "../walk/index_range.ts";
import { openKernel } from "../walk/open_kernel.ts";
import { type ExtentsAlong, extentsAlong } from "./extents_along.ts";

const TYPES = {
  float32: { bytes: 4, load: "f32.load", less: "f32.lt", more: "f32.gt" },
  int8: { bytes: 1, load: "i32.load8_s", less: "i32.lt_s", more: "i32.gt_s" },
} as const;

/** ARG_MAX and ARG_MIN, line by line; the axis may be known at run time only. */
export function argExtreme(layer: Layer): LayerKernel | null {
  const { operator: { op }, name, inputs: [input, axis], outputs: [output], threads } = layer;
  const { dtype, shape } = input!.tensor;
  const { b, thread } = openKernel(layer);
  const [given] = listValues(b, "axis", axis!);
  const along = extentsAlong(b, given, shape);
  const { outer, inner, isAxis } = along;
  const most = outer.kind === "constant" ? Number(outer.value) : 0;
  const isParallel = isShared(layer, elements(shape)) && most >= threads;
  const range = isParallel ? share(thread, outer, threads) : rangeOf(0, outer);
  const work = () =>
    forRange(b, { name: "outer", range, isReverse: false }, (o) => {
      b.for("inner", { until: inner }, (n) => lineCode(b, layer, { along, o, n }));
    });
  if (isAxis === null) work();
  else {
    // The result has its shape before the axis is known.
    const lines = apply("i32.eq", [mul(outer, inner), elements(output.tensor.shape)]);
    b.if(apply("i32.and", [isAxis, lines]), work, () => refuse(b, layer));
  }
  return {
    kernel: `${op.toLowerCase()} ${dtype}`,
    remarks: isParallel ? [`parallel over ${threads} threads`] : [],
    code: [b.finish(name)],
    isParallel,
    ...isAxis !== null && { refusal: { reason: NO_AXIS, error: "EngineError" } },
  };
}

/** Stores the index of the first element that comes before all others of a line. */
function lineCode(
  b: KernelBuilder,
  { operator: { op }, inputs: [input], outputs: [output] }: Layer,
  { along: { depth, inner }, o, n }: {
    readonly along: ExtentsAlong;
    readonly o: Value;
    readonly n: Value;
  },
): void {
  const { region, tensor: { dtype } } = input!;
  const { bytes, load, less, more } = TYPES[dtype as keyof typeof TYPES];
  const first = b.let("first", add(mul(mul(o, depth), inner), n));
  const element = (i: Value) =>
    b.load(load, { region, address: mul(add(first, mul(i, inner)), bytes), isIndex: true });
  const best = b.let("best", 0);
  b.for("i", { from: 1, until: depth }, (i) => {
    const isBetter = apply(op === "ARG_MAX" ? more : less, [element(i), element(best)]);
    b.if(isBetter, () => b.set(best, i));
  });
  const address = mul(add(mul(o, inner), n), 4);
  b.store("i32.store", { region: output.region, address, isIndex: true }, best);
}
