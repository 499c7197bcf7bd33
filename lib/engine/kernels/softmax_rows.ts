import type { KernelCode, Value } from "../../codegen/kernel/kernel.ts";
import { type At, KernelBuilder } from "../../codegen/kernel/kernel_builder.ts";
import { add, constant, mul } from "../../codegen/kernel/values.ts";
import { dtypeBits } from "../../model/dtype.ts";
import { elements } from "../../model/shape.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { isShared } from "./element_loops.ts";
import { forRange, rangeOf, share } from "./index_range.ts";

/** One row of softmax, as its passes see it. */
export interface SoftmaxRow {
  readonly b: KernelBuilder;
  /** Elements of it. */
  readonly depth: number;
  /** A pass over the row, from its beginning. */
  readonly read: (pass: (x: At) => void) => void;
  /** The pass that stores: in the direction of the plan, element after element. */
  readonly store: (pass: (x: At, y: At) => void) => void;
  /** A pass over results that are stored already, up to four of them at a time. */
  readonly results: (lanes: 1 | 4, pass: (y: At, count: number) => void) => void;
}

/** A kernel of SOFTMAX: rows in the direction of the plan, each in passes of its own. */
export function softmaxRows(
  layer: Layer,
  { kernel, code, row }: {
    readonly kernel: string;
    readonly code: readonly KernelCode[];
    readonly row: (row: SoftmaxRow) => void;
  },
): LayerKernel {
  const { inputs: [input], outputs: [output], step, threads, name } = layer;
  const isReverse = step.direction === "reverse";
  const total = elements(output.tensor.shape);
  const depth = output.tensor.shape.at(-1) ?? 1;
  const rows = depth === 0 ? 0 : total / depth;
  const isParallel = isShared(layer, total) && rows >= threads;
  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const bytesOf = (operand: typeof output) => dtypeBits(operand.tensor.dtype) / 8;
  const [inputBytes, outputBytes] = [bytesOf(input!), bytesOf(output)];
  const range = isParallel ? share(thread, rows, threads) : rangeOf(0, rows);
  forRange(b, { name: "row", range, isReverse }, (index) => {
    const [x, y] = [inputBytes, outputBytes].map((bytes, i) =>
      b.let(i === 0 ? "x_row" : "y_row", mul(index, depth * bytes))
    );
    const at = ({ region }: typeof output, base: Value, offset: Value): At => ({
      region,
      address: add(base, offset),
      offsetBytes: region.address,
    });
    row({
      b,
      depth,
      read: (pass) => b.for("i", { until: depth }, (i) => pass(at(input!, x, mul(i, inputBytes)))),
      store: (pass) =>
        forRange(b, { name: "i", range: rangeOf(0, depth), isReverse }, (i) => {
          pass(at(input!, x, mul(i, inputBytes)), at(output, y, mul(i, outputBytes)));
        }),
      results: (lanes, pass) => {
        const whole = depth - depth % lanes;
        b.for("i", { until: whole, step: lanes }, (i) => {
          pass(at(output, y, mul(i, outputBytes)), lanes);
        });
        if (whole === depth) return;
        pass(at(output, y, constant(whole * outputBytes)), depth - whole);
      },
    });
  });
  return {
    kernel,
    schedule: isParallel ? [`parallel rows over ${threads} threads`] : [],
    code: [b.finish(name), ...code],
    isParallel,
  };
}
