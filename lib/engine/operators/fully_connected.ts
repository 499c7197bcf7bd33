import { throwIfStopped } from "../../host.ts";
import { elements } from "../../model/shape.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { convFloat32 } from "../kernels/convolution/conv_float32.ts";
import { convInt8 } from "../kernels/convolution/conv_int8.ts";
import { convDsp } from "../kernels/dsp/conv_dsp.ts";
import { convHelium } from "../kernels/helium/conv_helium.ts";
import { weightedScalar } from "../kernels/scalar/weighted_scalar.ts";
import { weightArithmetic } from "../reference/arithmetic.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import { ACTIVATIONS } from "../reference/expect.ts";

/** `y[n, o] = sum over c of x[n, c] w[o, c]`. */
export const fullyConnected: EngineOperator<"FULLY_CONNECTED"> = {
  types: ACTIVATIONS,
  reference: prepareFullyConnected,
  hasVectors: true,
  kernels: [convInt8, convFloat32, weightedScalar],
  scalar: weightedScalar,
  dsp: convDsp,
  helium: convHelium,
};

function prepareFullyConnected(operation: Operation<"FULLY_CONNECTED">): ReferenceKernel {
  const { attributes, inputs, outputs: [output] } = operation;
  const [input, weights] = inputs;
  const bias = inputs.at(2);
  if (attributes.weightsFormat !== "DEFAULT") {
    throw new EngineError(`weights in format ${attributes.weightsFormat}, needed DEFAULT`);
  }
  const { multiplyAdd, finish } = weightArithmetic({
    input,
    weights,
    bias,
    output,
    activation: attributes.activation,
    channelAxis: 0,
    biasType: attributes.quantizedBiasType,
    isFullyConnected: true,
  });
  const [units, depth] = weights.shape;
  const batches = elements(output.shape) / units;
  return ([x, w, b], [y]) => {
    for (let n = 0; n < batches; n++) {
      throwIfStopped();
      for (let o = 0; o < units; o++) {
        let sum = 0;
        for (let c = 0; c < depth; c++) {
          sum = multiplyAdd(sum, x[n * depth + c], w[o * depth + c]);
        }
        y[n * units + o] = finish(sum, bias === undefined ? 0 : b[o], o);
      }
    }
  };
}
