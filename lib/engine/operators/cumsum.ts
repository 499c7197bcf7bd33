import type { Value } from "../../kernel/kernel.ts";
import { type At, KernelBuilder, start } from "../../kernel/kernel_builder.ts";
import { add, apply, constant, mul, sub } from "../../kernel/values.ts";
import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
} from "../../model/fixed_point.ts";
import { dtypeBits } from "../../model/dtype.ts";
import { elements } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { listValues } from "../kernels/movement/run_time_list.ts";
import { extentsAlong } from "../kernels/reduce/extents_along.ts";
import { multiplied, multiplyCode } from "../kernels/requantize/fixed_point_lanes.ts";
import { centredElement, storeElement } from "../kernels/scalar/elements_scalar.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { factorBelowOne } from "../reference/factors.ts";
import { clamp } from "../reference/clamp.ts";
import {
  expectSameType,
  expectType,
  integerRange,
  scaleOf,
  zeroPointOf,
} from "../reference/expect.ts";
import { integers } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import { refuse } from "../refusal.ts";

/**
 * Sums of all elements so far along an axis. Those of int8 are kept with 19 bits below the point, and
 * begin with what 0 stands for, as in TFLM's kernel: an output is one zero point off.
 */
export const cumsum: EngineOperator<"CUMSUM"> = {
  types: ["float32", "int8"],
  reference: prepareCumsum,
  kernels: [cumsumKernel],
};

const LEFT_SHIFT = 20;
const HALF = factorBelowOne(0.5);
const REASON = "an axis out of range";

function prepareCumsum(
  { attributes, inputs: [input, axisTensor], outputs: [output] }: Operation<"CUMSUM">,
): ReferenceKernel {
  expectSameType([input, output], ["float32", "int8"]);
  expectType("axis", axisTensor, ["int32"]);
  const { exclusive, reverse } = attributes;
  const { first, scaled, finish } = arithmeticOf(input, output);
  const { shape } = input;
  return ([x, list], [y]) => {
    const [given] = integers(list);
    const axis = given < 0 ? given + shape.length : given;
    if (axis < 0 || axis >= shape.length) throw new EngineError(REASON);
    const [depth, inner] = [shape[axis], elements(shape.slice(axis + 1))];
    const outer = elements(shape.slice(0, axis));
    for (let line = 0; line < outer * inner; line++) {
      const corner = Math.floor(line / inner) * depth * inner + line % inner;
      let sum = first;
      for (let step = 0; step < depth; step++) {
        const at = corner + (reverse ? depth - 1 - step : step) * inner;
        const next = scaled(sum, x[at]);
        y[at] = finish(exclusive ? sum : next);
        sum = next;
      }
    }
  };
}

/** What sums begin with, how they go on, and what is stored. */
function arithmeticOf(input: Tensor, output: Tensor): {
  readonly first: number;
  readonly scaled: (sum: number, x: number) => number;
  readonly finish: (sum: number) => number;
} {
  if (input.dtype === "float32") {
    return { first: 0, scaled: (sum, x) => Math.fround(sum + x), finish: (sum) => sum };
  }
  const [zeroIn, zeroOut] = [input, output].map(zeroPointOf);
  const factor = outputFactor(input, output);
  const range = integerRange(output.dtype);
  const widened = (x: number) => multiplyByQuantizedMultiplier(x << LEFT_SHIFT, HALF);
  return {
    first: widened(-zeroIn),
    scaled: (sum, x) => (sum + widened(x - zeroIn)) | 0,
    finish: (sum) => clamp(zeroOut + multiplyByQuantizedMultiplier(sum, factor), range),
  };
}

function outputFactor(input: Tensor, output: Tensor): QuantizedMultiplier {
  return factorBelowOne(2 * scaleOf(input) / (2 ** LEFT_SHIFT * scaleOf(output)));
}

/** CUMSUM: line by line; the axis may be known at run time only. */
function cumsumKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "CUMSUM");
  if (operator === null) return null;
  const { name, inputs: [input, axis], outputs: [output] } = layer;
  const { region, tensor } = input!;
  const { exclusive, reverse } = operator.attributes;
  const elementBytes = dtypeBits(tensor.dtype) / 8;
  const { first, next, store, code } = codeOf(layer);
  const b = new KernelBuilder();
  b.parameter("thread");
  const [given] = listValues(b, "axis", axis!);
  const { outer, depth, inner, isAxis } = extentsAlong(b, given, tensor.shape);
  const work = () => {
    const step = b.let("step", mul(inner, elementBytes));
    b.for("outer", { until: outer }, (i) =>
      b.for("inner", { until: inner }, (j) => {
        const line = mul(i, depth);
        const from = reverse ? add(line, sub(depth, 1)) : line;
        const offset = b.let("offset", mul(add(mul(from, inner), j), elementBytes));
        const sum = b.let("sum", first);
        b.for("element", { until: depth }, () => {
          const [x, y] = [region, output.region].map((at) => (
            { region: at, address: add(start(at), offset) }
          ));
          const after = b.let("after", next(b, sum, x));
          store(b, exclusive ? sum : after, y);
          b.set(sum, after);
          b.set(offset, apply(reverse ? "i32.sub" : "i32.add", [offset, step]));
        });
      }));
  };
  if (isAxis === null) work();
  else b.if(isAxis, work, () => refuse(b, layer));
  return {
    kernel: `cumsum ${tensor.dtype}`,
    remarks: [],
    code: [b.finish(name), ...code],
    isParallel: false,
    ...isAxis !== null && { refusal: { reason: REASON, error: "EngineError" } },
  };
}

/** The same arithmetic in code. */
function codeOf({ inputs: [input], outputs: [{ tensor }] }: Layer) {
  const from = input!.tensor;
  if (from.dtype === "float32") {
    return {
      code: [],
      first: constant(0, "f32"),
      next: (b: KernelBuilder, sum: Value, x: At) => apply("f32.add", [sum, b.load("f32.load", x)]),
      store: (b: KernelBuilder, sum: Value, at: At) => b.store("f32.store", at, sum),
    };
  }
  const factor = outputFactor(from, tensor);
  return {
    code: [multiplyCode],
    first: constant(arithmeticOf(from, tensor).first),
    next: (b: KernelBuilder, sum: Value, x: At) => {
      const wide = apply("i32.shl", [centredElement(b, from, x), LEFT_SHIFT]);
      return add(sum, multiplied(wide, HALF.multiplier, HALF.shift));
    },
    store: (b: KernelBuilder, sum: Value, at: At) => {
      const value = multiplied(sum, factor.multiplier, factor.shift);
      storeElement(b, { value, at, tensor, range: integerRange(tensor.dtype) });
    },
  };
}
