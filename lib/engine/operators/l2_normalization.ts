import { add, apply, choose, constant, mul } from "../../kernel/values.ts";
import { multiplyByQuantizedMultiplier } from "../../model/fixed_point.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import {
  inverseSquareRootCode,
  inverseSquareRootOf,
} from "../kernels/fixed_point/inverse_square_root.ts";
import { multiplied } from "../kernels/requantize/fixed_point_lanes.ts";
import { clampInteger } from "../kernels/scalar/sum_arithmetic.ts";
import { softmaxRows } from "../kernels/softmax/softmax_rows.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { clamp } from "../reference/clamp.ts";
import { expectSameType, integerRange, zeroPointOf } from "../reference/expect.ts";
import { inverseSquareRoot } from "../reference/inverse_square_root.ts";
import type { NumberArray, Operation, ReferenceKernel } from "../reference/prepare.ts";

/**
 * `x / sqrt(sum of squares)` over the last dimension. int8 gives results in units of 1 / 128 around
 * 0, whatever quantization the output has.
 */
export const l2Normalization: EngineOperator<"L2_NORMALIZATION"> = {
  types: ["float32", "int8"],
  reference: prepareL2Normalization,
  kernels: [normalizeFloats, normalizeBytes],
};

/** Less than this no float32 row is divided by. */
const LEAST_NORM = Math.fround(1e-6);

/** Results of int8 are so many bits behind the point. */
const OUTPUT_BITS = 7;

const MAX_RANK = 4;

function prepareL2Normalization(
  { attributes, inputs: [input], outputs: [output] }: Operation<"L2_NORMALIZATION">,
): ReferenceKernel {
  const dtype = expectSameType([input, output], ["float32", "int8"]);
  const { activation } = attributes;
  if (activation !== "NONE") throw new EngineError(`activation ${activation}, needed NONE`);
  const { shape } = input;
  if (shape.length > MAX_RANK) {
    throw new EngineError(`input of shape [${shape}], needed at most ${MAX_RANK} dimensions`);
  }
  const depth = shape.at(-1) ?? 1;
  const compute = dtype === "float32" ? floatRow : byteRow(zeroPointOf(input));
  return ([x], [y]) => {
    for (let at = 0; at < x.length; at += depth) {
      compute(x.subarray(at, at + depth), y.subarray(at, at + depth));
    }
  };
}

function floatRow(x: NumberArray, y: NumberArray): void {
  let sum = 0;
  for (const value of x) sum = Math.fround(sum + Math.fround(value * value));
  const root = Math.fround(Math.sqrt(sum));
  const norm = root < LEAST_NORM ? LEAST_NORM : root;
  for (let i = 0; i < x.length; i++) y[i] = x[i] / norm;
}

function byteRow(zeroPoint: number): (x: NumberArray, y: NumberArray) => void {
  const range = integerRange("int8");
  return (x, y) => {
    let sum = 0;
    for (const q of x) sum = (sum + (q - zeroPoint) ** 2) | 0;
    const { multiplier, shift } = inverseSquareRoot(sum);
    const factor = { multiplier, shift: shift + OUTPUT_BITS };
    for (let i = 0; i < x.length; i++) {
      y[i] = clamp(multiplyByQuantizedMultiplier(x[i] - zeroPoint, factor), range);
    }
  };
}

function normalizeFloats(layer: Layer): LayerKernel | null {
  if (layer.inputs[0]!.tensor.dtype !== "float32") return null;
  return softmaxRows(layer, {
    kernel: "l2_normalization float32",
    code: [],
    row: ({ b, read, store }) => {
      const sum = b.let("sum", constant(0, "f32"));
      read(1, (at) => {
        const x = b.let("x", b.load("f32.load", at));
        b.set(sum, apply("f32.add", [sum, apply("f32.mul", [x, x])]));
      });
      const root = b.let("root", apply("f32.sqrt", [sum]));
      const least = constant(LEAST_NORM, "f32");
      const norm = b.let("norm", choose(apply("f32.lt", [root, least]), least, root));
      store(1, (x, y) => {
        b.store("f32.store", y, apply("f32.div", [b.load("f32.load", x), norm]));
      });
    },
  });
}

function normalizeBytes(layer: Layer): LayerKernel | null {
  const { tensor } = layer.inputs[0]!;
  const zeroPoint = zeroPointOf(tensor);
  const [least, most] = [constant(integerRange("int8").min), constant(integerRange("int8").max)];
  return softmaxRows(layer, {
    kernel: "l2_normalization int8",
    code: inverseSquareRootCode,
    row: ({ b, read, store }) => {
      const sum = b.let("sum", 0);
      read(1, (at) => {
        const x = b.let("x", add(b.load("i32.load8_s", at), -zeroPoint));
        b.advance(sum, mul(x, x));
      });
      const { multiplier, shift } = inverseSquareRootOf(b, sum);
      const by = b.let("by", add(shift, OUTPUT_BITS));
      store(1, (x, y) => {
        const centred = add(b.load("i32.load8_s", x), -zeroPoint);
        const value = clampInteger(b, multiplied(centred, multiplier, by), { least, most });
        b.store("i32.store8", y, value);
      });
    },
  });
}
