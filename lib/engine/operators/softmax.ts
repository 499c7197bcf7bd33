import type { Dtype } from "../../model/dtype.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { softmax8Bit } from "../kernels/softmax/softmax_8bit.ts";
import { softmaxFloat } from "../kernels/softmax/softmax_float.ts";
import { softmaxInt16 } from "../kernels/softmax/softmax_int16.ts";
import { ACTIVATIONS, expectZeroPoint, scaleOf } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import { softmaxRowInt16 } from "../reference/softmax_int16.ts";
import { softmaxRowInt8 } from "../reference/softmax_int8.ts";

/** `exp(beta (x[i] - max)) / sum of exp(beta (x[j] - max))` over the last dimension. */
export const softmax: EngineOperator<"SOFTMAX"> = {
  types: ACTIVATIONS,
  reference: prepareSoftmax,
  hasVectors: true,
  kernels: [softmax8Bit, softmaxInt16, softmaxFloat],
};

function prepareSoftmax(
  { attributes, inputs: [input], outputs: [output] }: Operation<"SOFTMAX">,
): ReferenceKernel {
  const { beta } = attributes;
  checkTypes(input, output);
  const depth = input.shape.at(-1) ?? 1;
  const computeRow = input.dtype === "float32"
    ? (row: readonly number[]) => softmaxRowFloat(row, beta)
    : input.dtype === "int16"
    ? softmaxRowInt16({ scale: scaleOf(input), beta })
    : softmaxRowInt8({ scale: scaleOf(input), beta, output: output.dtype });
  return ([x], [y]) => {
    for (let at = 0; at < x.length; at += depth) {
      y.set(computeRow(Array.from(x.subarray(at, at + depth))), at);
    }
  };
}

const PAIRS = ["float32 float32", "int8 int8", "int8 int16", "uint8 uint8", "int16 int16"];

/** What the integers of a probability stand for: `(q - zeroPoint) * scale`. */
const PROBABILITY: Partial<Record<Dtype, { readonly zeroPoint: number; readonly scale: number }>> =
  {
    int8: { zeroPoint: -128, scale: 2 ** -8 },
    uint8: { zeroPoint: 0, scale: 2 ** -8 },
    int16: { zeroPoint: 0, scale: 2 ** -15 },
  };

function checkTypes(input: Tensor, output: Tensor): void {
  const pair = `${input.dtype} ${output.dtype}`;
  if (!PAIRS.includes(pair)) {
    throw new EngineError(`input and output of types ${pair}; needed one of ${PAIRS.join(", ")}`);
  }
  if (pair === "float32 float32") return;
  if (input.dtype === "int16") expectZeroPoint("input", input, 0);
  const { zeroPoint, scale } = pair === "int8 int16"
    ? { zeroPoint: -32768, scale: 2 ** -16 }
    : PROBABILITY[output.dtype]!;
  expectZeroPoint("output", output, zeroPoint);
  if (Math.abs(scaleOf(output) / scale - 1) > 1e-3) {
    throw new EngineError(`output of scale ${scaleOf(output)}, needed ${scale}`);
  }
}

function softmaxRowFloat(row: readonly number[], beta: number): number[] {
  const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = row.map((x) =>
    Math.fround(Math.exp(Math.fround(Math.fround(x - most) * Math.fround(beta))))
  );
  const sum = powers.reduce((total, power) => Math.fround(total + power), 0);
  return powers.map((power) => power / sum);
}
