import type { EngineOperator } from "../engine_operator.ts";
import { EngineError } from "../engine_error.ts";
import { logSoftmaxFloat, logSoftmaxInt8 } from "../kernels/softmax/log_softmax.ts";
import { expectSameType, expectZeroPoint, scaleOf } from "../reference/expect.ts";
import { logSoftmaxRowInt8, logSoftmaxTables } from "../reference/log_softmax_int8.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** `x - max - log(sum of exp(x - max))` over the last dimension. */
export const logSoftmax: EngineOperator<"LOG_SOFTMAX"> = {
  types: ["float32", "int8"],
  reference: prepareLogSoftmax,
  hasVectors: true,
  kernels: [logSoftmaxFloat, logSoftmaxInt8],
};

/** The one quantization of int8 results: from -255 / 16 to 0. */
const OUTPUT = { scale: 1 / 16, zeroPoint: 127 };

function prepareLogSoftmax(
  { inputs: [input], outputs: [output] }: Operation<"LOG_SOFTMAX">,
): ReferenceKernel {
  const dtype = expectSameType([input, output], ["float32", "int8"]);
  const computeRow = dtype === "float32"
    ? floatRow
    : logSoftmaxRowInt8(logSoftmaxTables(scaleOf(input)));
  if (dtype === "int8") {
    expectZeroPoint("output", output, OUTPUT.zeroPoint);
    if (scaleOf(output) !== OUTPUT.scale) {
      throw new EngineError(`output of scale ${scaleOf(output)}, needed ${OUTPUT.scale}`);
    }
  }
  const depth = input.shape.at(-1) ?? 1;
  return ([x], [y]) => {
    for (let at = 0; at < x.length; at += depth) {
      y.set(computeRow(Array.from(x.subarray(at, at + depth))), at);
    }
  };
}

const LEAST_FLOAT = -(2 ** 128 - 2 ** 104);

function floatRow(row: readonly number[]): number[] {
  const f = Math.fround;
  const most = row.reduce((a, b) => a < b ? b : a, LEAST_FLOAT);
  const sum = row.reduce((total, x) => f(total + f(Math.exp(f(x - most)))), 0);
  const logarithm = f(Math.log(sum));
  return row.map((x) => f(x - most) - logarithm);
}
