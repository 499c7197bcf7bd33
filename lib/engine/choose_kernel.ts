import { isWeighted } from "../model/definition_of.ts";
import { type OperatorName, operatorName } from "../model/operator.ts";
import { EngineError } from "./engine_error.ts";
import type { EngineOperator } from "./engine_operator.ts";
import { fallback, type ScalarOptions } from "./kernels/scalar/scalar_options.ts";
import { hasVectors, isArm, type Layer, type LayerKernel, type MakeKernel } from "./layer.ts";
import { engineOperators } from "./operators/registry.ts";

/**
 * The first kernel that is made for a layer as it is.
 *
 * @throws {EngineError} if there is none.
 */
export function chooseKernel(layer: Layer): LayerKernel {
  const { operator, step, inputs, outputs } = layer;
  const makers = operator.op === "OPAQUE" ? [] : candidates(layer, engineOperators[operator.op]);
  for (const make of makers) {
    const kernel = make(layer);
    if (kernel !== null) return kernel;
  }
  const types = [...inputs, ...outputs].map((each) => each?.tensor.dtype ?? "none");
  throw new EngineError(`no kernel for types ${types.join(", ")}`, {
    operator: step.operator,
    opName: operatorName(operator),
  });
}

/** What may make the code of a layer, in the order in which it is asked. */
function candidates(
  layer: Layer,
  { helium, dsp, scalar, portable, kernels }: Omit<EngineOperator<OperatorName>, "reference">,
): readonly MakeKernel[] {
  if (needsLastKernel(layer)) return kernels.slice(-1);
  const options = layer.call?.sums == null ? scalarOptions(layer) : null;
  const makers = [
    layer.target === "helium" ? helium : undefined,
    isArm(layer) ? dsp : undefined,
    scalar && options && ((each: Layer) => scalar(each, options)),
    hasVectors(layer) ? undefined : portable,
  ];
  return [...makers.flatMap((make) => make ? [make] : []), ...kernels];
}

/** Weights or a bias that are computed, or a factor below 0: fast kernels prepare theirs before. */
function needsLastKernel({ operator, inputs }: Layer): boolean {
  if (!isWeighted(operator)) return false;
  const isNegative = inputs[1]?.tensor.quantization?.scales.some((scale) => scale < 0) ?? false;
  return isNegative || inputs.slice(1).some((input) => input?.tensor.data === null);
}

/** How a scalar kernel is to be written; null: vectors are. */
function scalarOptions(layer: Layer): ScalarOptions | null {
  if (isInt8(layer) && layer.scalar !== null) return layer.scalar;
  return hasVectors(layer) ? null : fallback;
}

function isInt8({ inputs: [input], outputs: [output] }: Layer): boolean {
  return input?.tensor.dtype === "int8" && output.tensor.dtype === "int8";
}
