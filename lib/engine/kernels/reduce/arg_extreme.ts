import { add, apply, mul } from "../../../kernel/values.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { axisExtents } from "../../reference/arg_extreme.ts";
import { isShared } from "../elementwise/element_loops.ts";
import { openKernel } from "../walk/open_kernel.ts";
import { forRange, rangeOf, share } from "../walk/index_range.ts";

const TYPES = {
  float32: { bytes: 4, load: "f32.load", less: "f32.lt", more: "f32.gt" },
  int8: { bytes: 1, load: "i32.load8_s", less: "i32.lt_s", more: "i32.gt_s" },
} as const;

/** ARG_MAX and ARG_MIN, row by row along the axis. */
export function argExtreme(layer: Layer): LayerKernel | null {
  const { operator: { op }, name, inputs: [input, axis], outputs: [output], threads } = layer;
  const { tensor: { dtype }, region } = input!;
  const { bytes, load, less, more } = TYPES[dtype as keyof typeof TYPES];
  const { outer, extent, inner } = axisExtents(input!.tensor, axis!.tensor);
  const { b, thread } = openKernel(layer);
  const isParallel = isShared(layer, outer * extent * inner) && outer >= threads;
  const range = isParallel ? share(thread, outer, threads) : rangeOf(0, outer);
  forRange(b, { name: "outer", range, isReverse: false }, (o) => {
    b.for("inner", { until: inner }, (n) => {
      const first = b.let("first", add(mul(o, extent * inner), n));
      const element = (i: Parameters<typeof mul>[0]) =>
        b.load(load, {
          region,
          address: mul(add(first, mul(i, inner)), bytes),
          isIndex: true,
        });
      const best = b.let("best", 0);
      if (extent > 0) {
        const value = b.let("value", element(0));
        b.for("i", { from: 1, until: extent }, (i) => {
          const x = b.let("x", element(i));
          b.if(apply(op === "ARG_MAX" ? more : less, [x, value]), () => {
            b.set(value, x);
            b.set(best, i);
          });
        });
      }
      const address = mul(add(mul(o, inner), n), 4);
      b.store("i32.store", { region: output.region, address, isIndex: true }, best);
    });
  });
  return {
    kernel: `${op.toLowerCase()} ${dtype}`,
    remarks: isParallel ? [`parallel over ${threads} threads`] : [],
    code: [b.finish(name)],
    isParallel,
  };
}
