import { throwIfStopped } from "../../host.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { convFloat32 } from "../kernels/convolution/conv_float32.ts";
import { convInt8 } from "../kernels/convolution/conv_int8.ts";
import { convDsp } from "../kernels/dsp/conv_dsp.ts";
import { convHelium } from "../kernels/helium/conv_helium.ts";
import { weightedScalar } from "../kernels/scalar/weighted_scalar.ts";
import { weightArithmetic } from "../reference/arithmetic.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import { imageTaps } from "../reference/windows.ts";
import { ACTIVATIONS } from "../reference/expect.ts";

/**
 * `y[n, i, j, o] = sum over p, q, c of x[n, i s + p d, j s + q d, c] w[o, p, q, c]`. A filter with
 * fewer channels than the image sees the channels of its group.
 */
export const conv2d: EngineOperator<"CONV_2D"> = {
  types: ACTIVATIONS,
  reference: prepareConv2d,
  hasVectors: true,
  kernels: [convInt8, convFloat32, weightedScalar],
  scalar: weightedScalar,
  dsp: convDsp,
  helium: convHelium,
};

function prepareConv2d(
  { attributes, inputs, outputs: [output] }: Operation<"CONV_2D">,
): ReferenceKernel {
  const [input, filter] = inputs;
  const bias = inputs.at(2);
  const { multiplyAdd, finish } = weightArithmetic({
    input,
    weights: filter,
    bias,
    output,
    activation: attributes.activation,
    channelAxis: 0,
    biasType: attributes.quantizedBiasType,
    isFullyConnected: false,
  });
  const [batches, height, width, channels] = input.shape;
  const [filters, filterH, filterW, depth] = filter.shape;
  const filtersPerGroup = filters / (channels / depth);
  return ([x, w, b], [y]) => {
    const { rows, columns } = imageTaps(input, { ...attributes, filterH, filterW });
    let at = 0;
    for (let n = 0; n < batches; n++) {
      for (const row of rows) {
        throwIfStopped();
        for (const column of columns) {
          for (let o = 0; o < filters; o++) {
            const firstChannel = Math.floor(o / filtersPerGroup) * depth;
            let sum = 0;
            for (const p of row) {
              for (const q of column) {
                const pixel = ((n * height + p.at) * width + q.at) * channels + firstChannel;
                const weight = ((o * filterH + p.tap) * filterW + q.tap) * depth;
                for (let c = 0; c < depth; c++) sum = multiplyAdd(sum, x[pixel + c], w[weight + c]);
              }
            }
            y[at++] = finish(sum, bias === undefined ? 0 : b[o], o);
          }
        }
      }
    }
  };
}
