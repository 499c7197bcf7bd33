import { execute } from "../codegen/execute.ts";
import { randomInputs } from "../measure/random_inputs.ts";
import { reference } from "../measure/reference.ts";
import type { TensorData } from "../nest/dtype.ts";
import { type Computation, isPipeline } from "../nest/pipeline.ts";
import { convGeometry, type ConvShape, plainConv } from "./conv_shape.ts";
import { implicitGemm } from "./implicit_gemm.ts";
import { winograd, winogradFits } from "./winograd.ts";

/**
 * Rounding errors of one way to compute a layer, against float64.
 *
 * @category Convolution
 */
export interface ConvError {
  /** Plain sums in two orders, or Winograd tiles of 2 x 2 or 4 x 4 outputs. */
  readonly variant: "direct" | "implicit" | "winograd2" | "winograd4";
  /** Largest error of an output. */
  readonly maxError: number;
  /** Root of the mean squared error. */
  readonly rmsError: number;
  /** The root mean square over that of the outputs. */
  readonly relativeError: number;
  /** What verification allows. */
  readonly tolerance: number;
}

/**
 * Measures what the tiles of a Winograd convolution cost in accuracy: float32 results on seeded random
 * data in (-1, 1), against the same sums in float64.
 *
 * @throws {RangeError} the layer has no 3 x 3 kernel of stride 1.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { convErrors } from "tinyloom";
 *
 * const [, implicit, tiles2, tiles4] = convErrors({
 *   height: 12, width: 12, inChannels: 32, outChannels: 8, kernel: [3, 3],
 * });
 * assert.ok(implicit.rmsError < tiles4.rmsError && tiles2.rmsError < tiles4.rmsError);
 * ```
 *
 * @category Convolution
 */
export function convErrors(
  shape: ConvShape,
  options: { readonly seed?: number } = {},
): readonly ConvError[] {
  const g = convGeometry(shape);
  if (!winogradFits(g, 4)) {
    throw new RangeError(
      `Winograd tiles need a float32 kernel of 3x3 with stride 1, found ${g.text}`,
    );
  }
  const plain = plainConv(g);
  const inputs = randomInputs(plain, options);
  const expected = reference(plain, inputs);
  const row = (variant: ConvError["variant"], computation: Computation): ConvError => {
    const { errorFactor = 1 } = isPipeline(computation) ? computation : {};
    return {
      variant,
      ...difference(execute(computation, inputs).O, expected.output),
      tolerance: errorFactor * expected.tolerance,
    };
  };
  return [
    row("direct", plain),
    row("implicit", implicitGemm(g)),
    row("winograd2", winograd(g, { tile: 2 })),
    row("winograd4", winograd(g, { tile: 4 })),
  ];
}

function difference(actual: TensorData, expected: TensorData) {
  let maxError = 0;
  let squares = 0;
  let signal = 0;
  for (let at = 0; at < actual.length; at++) {
    const error = Math.abs(actual[at] - expected[at]);
    maxError = Math.max(maxError, error);
    squares += error * error;
    signal += expected[at] * expected[at];
  }
  return {
    maxError,
    rmsError: Math.sqrt(squares / actual.length),
    relativeError: Math.sqrt(squares / signal),
  };
}
