import type { ValueType } from "../../../kernel/instruction.ts";
import type { Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, constant, max, mul, sub } from "../../../kernel/values.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { outputRange } from "../../reference/clamp.ts";
import { integerRange, zeroPointOf } from "../../reference/expect.ts";
import { emitOutputs } from "./emit_outputs.ts";
import { insideImage } from "./im2col.ts";
import { elementType, inRole, type Numbers, writeKernel } from "./layer_numbers.ts";
import { emitPasses } from "./passes.ts";
import { fallback, type ScalarOptions } from "./scalar_options.ts";
import { clampFloat, clampInteger } from "./sum_arithmetic.ts";
import {
  type WindowLayer,
  windowLayer,
  type WindowNumbers,
  windowNumbers,
} from "./window_layer.ts";
import { meetsPadding, type Pixels } from "./window_loops.ts";
import { rangesOf, remarksOf, workSplit } from "./work_split.ts";
import { ownWorkspace, possibleOptions } from "./workspace.ts";

const POOLS = {
  AVERAGE_POOL_2D: "average pool",
  MAX_POOL_2D: "max pool",
  L2_POOL_2D: "L2 pool",
} as const;

/** AVERAGE_POOL_2D, MAX_POOL_2D and L2_POOL_2D of all types, in scalars. */
export function poolScalar(layer: Layer, asked: ScalarOptions = fallback): LayerKernel | null {
  const shape = windowLayer(layer);
  const { operator, step } = layer;
  if (shape === null) return null;
  const { op } = operator;
  if (op !== "AVERAGE_POOL_2D" && op !== "MAX_POOL_2D" && op !== "L2_POOL_2D") return null;
  const { input, output } = shape;
  const options = possibleOptions(layer.model, step, asked);
  const { codeGeneration, fusion, windows } = options;
  const own = ownWorkspace(layer, options);
  const reduce = op === "MAX_POOL_2D" ? largest : op === "L2_POOL_2D" ? rootMeanSquare : average;
  const dtype = input.tensor.dtype;
  const type = elementType(dtype);
  const isFloat = type.value === "f32";
  const range = outputRange(operator.attributes.activation, output.tensor);
  const resultType = fusion ? type : elementType("int32");
  const target = fusion ? output.region : own;
  const numbers = poolNumbers(layer, { shape, range, target, elementBytes: resultType.bytes });
  const isPadded = step.foldedPadding !== null;
  const split = workSplit(layer, numbers);
  const image = inRole("input", input.region, { codeGeneration });
  const [results, workspace] = [
    inRole("output", output.region, { codeGeneration }),
    inRole("workspace", own, { codeGeneration }),
  ];

  const code = writeKernel(
    layer,
    { numbers, codeGeneration },
    ({ b, thread, area, numbers: n }) => {
      const ranges = rangesOf(split, n, { thread, threads: layer.threads });
      const clamp = (value: Value) =>
        isFloat ? clampFloat(value, range) : clampInteger(b, value, n);
      const load = (address: Value) => b.load(type.load, { region: image, address });
      const arithmetic = { type: type.value, least: isFloat ? -Infinity : integerRange(dtype).min };
      emitOutputs(b, n, {
        target: fusion ? results : workspace,
        type: resultType,
        step: fusion ? step : { form: "plain", direction: "forward", delayPixels: 0 },
        segment: area && { layer, window: shape.window, area },
        ring: layer.ring,
        ranges,
        pixels: 1,
        filters: 1,
        clips: windows === "ranges",
      }, {
        results: (pixels, { group }) => {
          const address = b.let("x_channel", add(pixels.x, mul(group, type.bytes)));
          const window: Window = {
            pixels,
            load,
            address,
            tests: windows === "tests",
            ...arithmetic,
          };
          const pad = isPadded ? n.padValue : null;
          const value = reduce(b, n, window, pad);
          return [[fusion ? b.let("y", clamp(value)) : value]];
        },
      });
      if (fusion) return;
      const { lines, groups } = ranges;
      emitPasses(b, {
        accumulators: workspace,
        accumulatorsAddress: n.output,
        output: results,
        outputAddress: n.result,
        channels: n.groups,
        pixels: { from: mul(lines.from, n.outputWidth), until: mul(lines.until, n.outputWidth) },
        range: groups,
      }, [clamp]);
    },
  );
  return {
    kernel: `${POOLS[op]} ${dtype} scalar`,
    remarks: remarksOf({ ...options, unroll: 1 }, split, layer),
    code,
    isParallel: split !== "none",
  };
}

/** Where windows and results lie, and what elements are clamped to and padded with. */
function poolNumbers(
  { inputs }: Layer,
  { shape, range, target, elementBytes }: {
    readonly shape: WindowLayer;
    readonly range: { readonly min: number; readonly max: number };
    readonly target: Region;
    readonly elementBytes: number;
  },
) {
  const { input, output } = shape;
  const { dtype } = input.tensor;
  const isFloat = dtype === "float32";
  const grouping = { groups: inputs[0]!.tensor.shape[3], depth: 1, filters: 1 };
  return {
    ...windowNumbers(shape, grouping, {
      target,
      elementBytes,
    }),
    least: isFloat ? 0 : range.min,
    most: isFloat ? 0 : range.max,
    // What a PAD that this operator does itself puts around the image: elements like any others.
    padValue: isFloat || dtype === "int16" ? 0 : zeroPointOf(input.tensor),
    result: start(output.region),
  };
}

/** One channel of one window. */
interface Window {
  readonly pixels: Pixels;
  readonly load: (address: Value) => Value;
  /** The channel at tap (0, 0). */
  readonly address: Value;
  readonly tests: boolean;
  readonly type: ValueType;
  /** What no element is below. */
  readonly least: number;
}

type PoolNumbers = WindowNumbers & { readonly padValue: number };

/** Calls `body` with each element of the window that is on the image. */
function forTaps(
  b: KernelBuilder,
  n: Numbers<PoolNumbers>,
  { pixels, load, address, tests }: Window,
  body: (element: Value) => void,
): void {
  const meets = meetsPadding(n);
  const tapRows = pixels.tapRows(address);
  b.for("kh", pixels.rows, (kh) => {
    b.for("kw", pixels.columns, (kw) => {
      const tap = () => {
        body(b.let("element", load(add(tapRows.at(kh), mul(kw, n.pixelBytes)))));
      };
      const inside = tests
        ? insideImage(n, meets, { row: add(pixels.row, kh), column: add(pixels.column, kw) })
        : null;
      if (inside === null) tap();
      else b.if(inside, tap);
    });
    tapRows.goOn();
  });
}

/** Mean of the window; integers: halves away from zero. */
function average(
  b: KernelBuilder,
  n: Numbers<PoolNumbers>,
  window: Window,
  pad: Value | null,
): Value {
  const isFloat = window.type === "f32";
  const sum = b.let("sum", constant(0, window.type));
  const count = b.let("count", 0);
  forTaps(b, n, window, (element) => {
    b.set(sum, isFloat ? apply("f32.add", [sum, element]) : add(sum, element));
    b.advance(count, 1);
  });
  if (pad !== null) {
    const taps = mul(n.kernelHeight, n.kernelWidth);
    if (!isFloat) b.set(sum, add(sum, mul(sub(taps, count), pad)));
    b.set(count, taps);
  }
  if (isFloat) return b.let("mean", apply("f32.div", [sum, apply("f32.convert_i32_s", [count])]));
  const half = b.let("half", apply("i32.div_u", [count, 2]));
  const isPositive = apply("i32.gt_s", [sum, 0]);
  const rounded = choose(isPositive, add(sum, half), sub(sum, half));
  return b.let("mean", apply("i32.div_s", [rounded, count]));
}

/** Root of the mean of squares, float32. */
function rootMeanSquare(
  b: KernelBuilder,
  n: Numbers<PoolNumbers>,
  window: Window,
  pad: Value | null,
): Value {
  const load = (address: Value) => {
    const x = b.let("x", window.load(address));
    return apply("f32.mul", [x, x]);
  };
  return b.let("root", apply("f32.sqrt", [average(b, n, { ...window, load }, pad)]));
}

/** Largest element of the window. */
function largest(
  b: KernelBuilder,
  n: Numbers<PoolNumbers>,
  window: Window,
  pad: Value | null,
): Value {
  const isFloat = window.type === "f32";
  const most = b.let("most", constant(window.least, window.type));
  const count = b.let("count", 0);
  const take = (value: Value) =>
    b.set(most, isFloat ? apply("f32.max", [most, value]) : max(most, value));
  forTaps(b, n, window, (element) => {
    take(element);
    if (pad !== null) b.advance(count, 1);
  });
  if (pad !== null) {
    const isPartly = apply("i32.lt_s", [count, mul(n.kernelHeight, n.kernelWidth)]);
    b.if(isPartly, () => take(isFloat ? constant(0, "f32") : pad));
  }
  return most;
}
