import type { Region, Value } from "../../../kernel/kernel.ts";
import { start } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, constant, mul, sub } from "../../../kernel/values.ts";
import { elements } from "../../../model/shape.ts";
import type { Tensor } from "../../../model/tensor.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { additionFactors, ADDITIONS } from "../../reference/addition.ts";
import { outputRange } from "../../reference/clamp.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import { multiplied, multiplyCode } from "../requantize/fixed_point_lanes.ts";
import { forRange, rangeOf, share } from "../walk/index_range.ts";
import { inRole, writeKernel } from "./layer_numbers.ts";
import { emitPasses } from "./passes.ts";
import { fallback, type ScalarOptions } from "./scalar_options.ts";
import { clampInteger } from "./sum_arithmetic.ts";
import { constantOf } from "./window_loops.ts";
import { remarksOf } from "./work_split.ts";

/** ADD of int8 without broadcasting, in scalars: see `prepareAddition` for the arithmetic. */
export function additionScalar(
  layer: Layer,
  { codeGeneration, fusion, unroll }: ScalarOptions = fallback,
): LayerKernel | null {
  const { operator, step, inputs: [first, second], outputs: [output], threads } = layer;
  if (operator.op !== "ADD" || !first || !second || layer.call !== null) return null;
  const tensors = [first.tensor, second.tensor, output.tensor];
  const [count, ...counts] = tensors.map(({ shape }) => elements(shape));
  if (tensors.some(({ dtype }) => dtype !== "int8") || counts.some((other) => other !== count)) {
    return null;
  }
  const own = { ...layer.workspace, sizeBytes: fusion ? 0 : 4 * count };
  const target = fusion ? output.region : own;
  const numbers = additionNumbers(layer, { tensors, target, count });
  const [left, right] = [
    inRole("a", first.region, { codeGeneration }),
    inRole("b", second.region, { codeGeneration }),
  ];
  const [results, workspace] = [
    inRole("output", output.region, { codeGeneration }),
    inRole("workspace", own, { codeGeneration }),
  ];
  const isParallel = threads > 1 && step.form === "plain" && count >= threads * unroll;
  const isReverse = fusion && step.direction === "reverse";

  const code = writeKernel(layer, { numbers, codeGeneration }, ({ b, thread, numbers: n }) => {
    const scaled = (
      region: Region,
      address: Value,
      zero: Value,
      multiplier: Value,
      shift: Value,
    ) => {
      const x = sub(b.load("i32.load8_s", { region, address }), zero);
      return multiplied(apply("i32.shl", [x, n.leftShift]), multiplier, shift);
    };
    const rescale = (sum: Value) => multiplied(sum, n.multiplier, n.shift);
    const clamp = (value: Value) => add(clampInteger(b, value, n), n.outputZero);
    const one = (index: Value) => {
      const x = scaled(left, add(n.a, index), n.zeroA, n.multiplierA, n.shiftA);
      const y = scaled(right, add(n.b, index), n.zeroB, n.multiplierB, n.shiftB);
      const sum = b.let("sum", add(x, y));
      if (fusion) {
        const value = clamp(rescale(sum));
        b.store("i32.store8", { region: results, address: add(n.output, index) }, value);
      } else {
        const address = add(n.output, mul(index, 4));
        b.store("i32.store", { region: workspace, address }, sum);
      }
    };
    // Without a count that is known, turns are of one element.
    const steps = constantOf(n.count) === null ? 1 : unroll;
    const turns = steps === 1 ? n.count : constant(Math.floor(count / steps));
    const own = isParallel ? share(thread, turns, threads) : rangeOf(0, turns);
    const order = Array.from({ length: steps }, (_, i) => isReverse ? steps - 1 - i : i);
    const turn = (index: Value) => {
      const from = b.let("from", mul(index, steps));
      for (const i of order) one(add(from, i));
    };
    const rest = steps === 1 ? 0 : count % steps;
    const isLast = apply("i32.eq", [thread, threads - 1]);
    const parts = [
      () => forRange(b, { name: "i", range: own, isReverse }, turn),
      () => {
        const leftover = () => {
          const range = rangeOf(count - rest, count);
          forRange(b, { name: "i", range, isReverse }, one);
        };
        if (rest > 0 && isParallel) b.if(isLast, leftover);
        else if (rest > 0) leftover();
      },
    ];
    for (const part of isReverse ? parts.toReversed() : parts) part();
    if (fusion) return;
    const end = mul(own.until, steps);
    emitPasses(b, {
      accumulators: workspace,
      accumulatorsAddress: n.output,
      output: results,
      outputAddress: n.result,
      channels: n.count,
      pixels: rangeOf(0, 1),
      range: {
        from: mul(own.from, steps),
        until: b.let("end", isParallel ? choose(isLast, n.count, end) : n.count),
      },
    }, [rescale, clamp]);
  });
  const options = { codeGeneration, windows: null, fusion, unroll, pixels: 1, filters: 1 };
  return {
    kernel: "add int8 scalar",
    remarks: remarksOf(options, isParallel ? "elements" : "none", layer),
    code: [...code, multiplyCode],
    isParallel,
  };
}

/** Where operands and results lie, and the constants of the arithmetic. */
function additionNumbers(
  { operator, inputs: [first, second], outputs: [output] }: Layer,
  { tensors, target, count }: {
    readonly tensors: readonly Tensor[];
    readonly target: Region;
    readonly count: number;
  },
) {
  const activation = operator.op === "ADD" ? operator.attributes.activation : "NONE";
  const { leftShift, factorA, factorB, factor } = additionFactors(tensors, ADDITIONS.ADD.round);
  const [zeroA, zeroB, outputZero] = tensors.map(zeroPointOf);
  const range = outputRange(activation, output.tensor);
  return {
    a: start(first!.region),
    b: start(second!.region),
    output: start(target),
    result: start(output.region),
    count,
    zeroA,
    zeroB,
    leftShift,
    multiplierA: factorA.multiplier,
    shiftA: factorA.shift,
    multiplierB: factorB.multiplier,
    shiftB: factorB.shift,
    multiplier: factor.multiplier,
    shift: factor.shift,
    outputZero,
    least: range.min - outputZero,
    most: range.max - outputZero,
  };
}
