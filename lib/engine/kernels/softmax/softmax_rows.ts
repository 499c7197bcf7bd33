import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { type At, KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, constant, mul } from "../../../kernel/values.ts";
import { dtypeBits } from "../../../model/dtype.ts";
import { elements } from "../../../model/shape.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { isShared } from "../elementwise/element_loops.ts";
import { forRange, rangeOf, share } from "../walk/index_range.ts";

/** One row of softmax, as its passes see it: so many elements at a time, and fewer at the end. */
export interface SoftmaxRow {
  readonly b: KernelBuilder;
  /** A pass over the row, from its beginning. */
  readonly read: (lanes: number, pass: (x: At, count: number) => void) => void;
  /** The pass that stores: in the direction of the plan, elements loaded before they are stored. */
  readonly store: (lanes: number, pass: (x: At, y: At, count: number) => void) => void;
  /** A pass over results that are stored already. */
  readonly results: (lanes: number, pass: (y: At, count: number) => void) => void;
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
      isIndex: true,
    });
    const pass = (
      { lanes, isReverse }: { readonly lanes: number; readonly isReverse: boolean },
      work: (i: Value, count: number) => void,
    ) => {
      const whole = Math.floor(depth / lanes);
      const main = () =>
        forRange(b, { name: "i", range: rangeOf(0, whole), isReverse }, (i) => {
          work(mul(i, lanes), lanes);
        });
      const rest = () => {
        if (depth % lanes > 0) work(constant(whole * lanes), depth % lanes);
      };
      for (const part of isReverse ? [rest, main] : [main, rest]) part();
    };
    const xAt = (i: Value) => at(input!, x, mul(i, inputBytes));
    const yAt = (i: Value) => at(output, y, mul(i, outputBytes));
    row({
      b,
      read: (lanes, work) => pass({ lanes, isReverse: false }, (i, count) => work(xAt(i), count)),
      store: (lanes, work) => pass({ lanes, isReverse }, (i, count) => work(xAt(i), yAt(i), count)),
      results: (lanes, work) =>
        pass({ lanes, isReverse: false }, (i, count) => work(yAt(i), count)),
    });
  });
  return {
    kernel,
    remarks: isParallel ? [`parallel rows over ${threads} threads`] : [],
    code: [b.finish(name), ...code],
    isParallel,
  };
}
