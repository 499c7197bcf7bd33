import { elements } from "../../model/shape.ts";
import { EngineError } from "../engine_error.ts";
import { weightArithmetic } from "./arithmetic.ts";
import type { Prepare } from "./prepare.ts";

/** `y[n, o] = sum over c of x[n, c] w[o, c]`. */
export const fullyConnected: Prepare<"FULLY_CONNECTED"> = (operation) => {
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
      for (let o = 0; o < units; o++) {
        let sum = 0;
        for (let c = 0; c < depth; c++) {
          sum = multiplyAdd(sum, x[n * depth + c], w[o * depth + c]);
        }
        y[n * units + o] = finish(sum, bias === undefined ? 0 : b[o], o);
      }
    }
  };
};
