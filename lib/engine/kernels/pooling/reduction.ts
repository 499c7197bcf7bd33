import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { type At, KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, constant, mul } from "../../../kernel/values.ts";
import { constantValues } from "../../../model/constant.ts";
import { dtypeBits } from "../../../model/dtype.ts";
import { operatorName } from "../../../model/operator.ts";
import { elements, strides } from "../../../model/shape.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { integers } from "../../reference/indices.ts";
import { AXES_REASON } from "../../reference/reduction.ts";
import { refuse } from "../../refusal.ts";
import { forIndices, indexValue } from "../movement/computed_moves.ts";
import { all, listValues } from "../movement/run_time_list.ts";

/** How elements are made one. */
export interface Reduction {
  readonly code?: readonly KernelCode[];
  /** What there is before the first element. */
  readonly first: Value;
  readonly next: (b: KernelBuilder, value: Value, x: At) => Value;
  /** Stores what so many terms gave. */
  readonly store: (b: KernelBuilder, value: Value, at: At, terms: Value) => void;
}

/** An axis in code: the indices that loops over what is kept and over terms have. */
interface ReducedAxis {
  readonly kept: Value;
  readonly terms: Value;
}

/**
 * A kernel of `prepareReduction`: loops over the axes that are kept, within them over the others. Of
 * an axis that is known at run time only there are both loops, one of which runs once.
 */
export function reduction(layer: Layer, { code = [], first, next, store }: Reduction): LayerKernel {
  const { operator, name, inputs: [input, axes], outputs: [output] } = layer;
  const [from, to] = [input!, output].map(({ region, tensor: { dtype } }) => (
    { region, elementBytes: dtypeBits(dtype) / 8 }
  ));
  const { shape, dtype } = input!.tensor;
  const steps = strides(shape).map((step) => step * from.elementBytes);
  const isKnown = axes!.tensor.data !== null || shape.length === 0;
  const b = new KernelBuilder();
  b.parameter("thread");
  const { list, fits } = isKnown ? knownAxes(layer) : axesAtRunTime(b, layer);
  const reduce = () => {
    const terms = list.reduce<Value>((product, axis) => mul(product, axis.terms), constant(1));
    const target = b.let("to", start(to.region));
    forIndices(b, list.map(({ kept }) => kept), (index) => {
      const source = b.let("from", add(start(from.region), indexValue(index, steps)));
      const value = b.let("value", first);
      forIndices(b, list.map((axis) => axis.terms), (term) => {
        const address = b.let("x", add(source, indexValue(term, steps)));
        b.set(value, next(b, value, { region: from.region, address }));
      });
      store(b, value, { region: to.region, address: target }, terms);
      b.advance(target, to.elementBytes);
    });
  };
  if (fits === null) reduce();
  else b.if(fits, reduce, () => refuse(b, layer));
  return {
    kernel: `${operatorName(operator).toLowerCase()} ${dtype}`,
    remarks: [],
    code: [b.finish(name), ...code],
    isParallel: false,
    ...!isKnown && { refusal: { reason: AXES_REASON, error: "EngineError" } },
  };
}

interface ReducedAxes {
  readonly list: readonly ReducedAxis[];
  /** Whether they are axes of the input that leave what the output has; null: they are. */
  readonly fits: Value | null;
}

function knownAxes({ inputs: [input, axes] }: Layer): ReducedAxes {
  const { shape } = input!.tensor;
  if (shape.length === 0) return { list: [], fits: null };
  const given = integers(constantValues(axes!.tensor));
  const list = shape.map((extent, axis) => {
    const isReduced = given.includes(axis) || given.includes(axis - shape.length);
    const [kept, terms] = isReduced ? [1, extent] : [extent, 1];
    return { kept: constant(kept), terms: constant(terms) };
  });
  return { list, fits: null };
}

function axesAtRunTime(
  b: KernelBuilder,
  { inputs: [input, axes], outputs: [output] }: Layer,
): ReducedAxes {
  const { shape } = input!.tensor;
  const rank = shape.length;
  const given = listValues(b, "axis", axes!);
  const list = shape.map((extent, axis) => {
    const same = given.flatMap((each) =>
      [axis, axis - rank].map((value) => apply("i32.eq", [each, value]))
    );
    const any = same.reduce((any, each) => apply("i32.or", [any, each]), constant(0));
    const isReduced = b.let("is_reduced", any);
    return {
      kept: b.let("kept", choose(isReduced, 1, extent)),
      terms: b.let("terms", choose(isReduced, extent, 1)),
    };
  });
  const kept = list.reduce<Value>((product, axis) => mul(product, axis.kept), constant(1));
  const fits = all([
    ...given.map((axis) => apply("i32.lt_u", [add(axis, rank), 2 * rank])),
    apply("i32.eq", [kept, elements(output.tensor.shape)]),
  ]);
  return { list, fits };
}
