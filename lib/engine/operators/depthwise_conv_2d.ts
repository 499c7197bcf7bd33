import { throwIfStopped } from "../../host.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { depthwiseFloat32 } from "../kernels/depthwise/depthwise_float32.ts";
import { depthwiseInt8 } from "../kernels/depthwise/depthwise_int8.ts";
import { depthwiseDsp } from "../kernels/dsp/depthwise_dsp.ts";
import { oneChannelHelium } from "../kernels/helium/conv_helium.ts";
import { weightedScalar } from "../kernels/scalar/weighted_scalar.ts";
import { weightArithmetic } from "../reference/arithmetic.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import { imageTaps } from "../reference/windows.ts";
import { ACTIVATIONS } from "../reference/expect.ts";

/**
 * `y[n, i, j, c m + k] = sum over p, q of x[n, i s + p d, j s + q d, c] w[0, p, q, c m + k]` with the
 * depth multiplier m, which the shapes tell.
 */
export const depthwiseConv2d: EngineOperator<"DEPTHWISE_CONV_2D"> = {
  types: ACTIVATIONS,
  reference: prepareDepthwiseConv2d,
  hasVectors: true,
  kernels: [depthwiseInt8, depthwiseFloat32, weightedScalar],
  scalar: weightedScalar,
  dsp: depthwiseDsp,
  helium: oneChannelHelium,
};

function prepareDepthwiseConv2d(operation: Operation<"DEPTHWISE_CONV_2D">): ReferenceKernel {
  const { attributes, inputs, outputs: [output] } = operation;
  const [input, filter] = inputs;
  const bias = inputs.at(2);
  if (input.dtype === "int16" && bias?.dtype === "int32") {
    throw new EngineError("int16 activations with a bias of int32, needed int64");
  }
  const { multiplyAdd, finish } = weightArithmetic({
    input,
    weights: filter,
    bias,
    output,
    activation: attributes.activation,
    channelAxis: 3,
    biasType: "int64",
    isFullyConnected: false,
  });
  const [batches, height, width, channels] = input.shape;
  const [, filterH, filterW, filters] = filter.shape;
  const multiplier = filters / channels;
  return ([x, w, b], [y]) => {
    const { rows, columns } = imageTaps(input, { ...attributes, filterH, filterW });
    let at = 0;
    for (let n = 0; n < batches; n++) {
      for (const row of rows) {
        throwIfStopped();
        for (const column of columns) {
          for (let o = 0; o < filters; o++) {
            const c = Math.floor(o / multiplier);
            let sum = 0;
            for (const p of row) {
              for (const q of column) {
                const pixel = ((n * height + p.at) * width + q.at) * channels + c;
                const weight = (p.tap * filterW + q.tap) * filters + o;
                sum = multiplyAdd(sum, x[pixel], w[weight]);
              }
            }
            y[at++] = finish(sum, bias === undefined ? 0 : b[o], o);
          }
        }
      }
    }
  };
}
