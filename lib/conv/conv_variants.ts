import { checkOptions } from "../check_arguments.ts";
import { execute } from "../codegen/execute.ts";
import { randomInputs } from "../measure/random.ts";
import { reference } from "../measure/timed_nest.ts";
import type { TensorData } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
import { type Computation, isPipeline } from "../nest/pipeline.ts";
import { accumulate } from "../schedule/accumulate.ts";
import { type ConvGeometry, convGeometry, type ConvShape, plainConv } from "./conv_shape.ts";
import { depthwiseChannels, depthwisePairs } from "./depthwise.ts";
import {
  depthwiseInPlaceChannel,
  depthwiseInPlaceRows,
  inPlaceFits,
} from "./depthwise_in_place.ts";
import { im2col, partialIm2col } from "./im2col.ts";
import { implicitGemm } from "./implicit_gemm.ts";
import { nchwConv, nchwFits, viaNchw } from "./nchw_layout.ts";
import type { ProductOptions } from "./product_schedule.ts";
import { winograd, winogradFits } from "./winograd.ts";

/**
 * Names of the variants, the plain loops first.
 *
 * @category Convolution
 */
export const convVariantNames = [
  "direct",
  "directNchw",
  "implicit",
  "im2col",
  "im2col2",
  "winograd2",
  "winograd4",
  "channels",
  "pairs",
  "inPlaceChannel",
  "inPlaceRows",
  "planes",
  "viaPlanes",
] as const;

/**
 * One of {@link convVariantNames}.
 *
 * @category Convolution
 */
export type ConvVariantName = typeof convVariantNames[number];

/**
 * A layer and how its variants will be compiled.
 *
 * @category Convolution
 */
export interface ConvVariantsOptions extends ConvShape, ProductOptions {}

/**
 * All ways to compute a layer that fit it, by name, so that `bench(convVariants(shape))` times them
 * against each other. Input and output are NHWC but for `directNchw` and `planes`.
 *
 * - `direct`, `directNchw`: the plain loops, the sum in a register.
 * - `implicit`: a matrix product that reads windows out of the padded input.
 * - `im2col`: the same after all windows are written out; `im2col2`: two windows at a time.
 * - `winograd2`, `winograd4`: tiles of 2 x 2 and 4 x 4 outputs; 3 x 3 kernels of stride 1.
 * - `planes`: vectors along the columns of NCHW planes; `viaPlanes`: with both layout changes.
 * - `channels`: a depthwise layer with vectors along channels; `pairs`: the same with two rows of an
 *   int8 kernel at a time; `inPlaceChannel`, `inPlaceRows`: one that overwrites its input. Runs after
 *   the first then have another input.
 *
 * @throws {RangeError} a size is not a positive integer, or the kernel exceeds a valid input.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { convVariants } from "tinyloom";
 *
 * const variants = convVariants({
 *   height: 8, width: 8, inChannels: 16, outChannels: 16, kernel: [3, 3], padding: "same",
 * });
 * assert.deepEqual(Object.keys(variants), [
 *   "direct", "directNchw", "implicit", "im2col", "im2col2", "winograd2", "winograd4", "planes",
 *   "viaPlanes",
 * ]);
 * ```
 *
 * @category Convolution
 */
export function convVariants(
  options: ConvVariantsOptions,
): Readonly<Partial<Record<ConvVariantName, Computation>> & { direct: Nest }> {
  checkOptions(
    "convVariants",
    options,
    "depthwise inChannels outChannels height width kernel stride padding zeroPoint dtype",
    "fma",
  );
  const g = convGeometry(options);
  const fitting: Partial<Record<ConvVariantName, Computation>> = {};
  for (const name of convVariantNames) {
    const { fits, make } = makers[name];
    if (fits(g)) fitting[name] = make(g, options);
  }
  return fitting as Partial<Record<ConvVariantName, Computation>> & { direct: Nest };
}

interface Maker {
  readonly fits: (g: ConvGeometry) => boolean;
  readonly make: (g: ConvGeometry, options: ProductOptions) => Computation;
}

const always = () => true;
const dense = (g: ConvGeometry) => !g.depthwise;
// A window of one pixel is the pixel: there is nothing to write out.
const windowed = (g: ConvGeometry) => dense(g) && (g.kernel[0] * g.kernel[1] > 1 || g.stride > 1);

const makers: Readonly<Record<ConvVariantName, Maker>> = {
  direct: { fits: always, make: (g) => direct(g, "nhwc") },
  directNchw: { fits: always, make: (g) => direct(g, "nchw") },
  implicit: { fits: dense, make: implicitGemm },
  im2col: { fits: windowed, make: im2col },
  im2col2: { fits: windowed, make: partialIm2col },
  winograd2: {
    fits: (g) => winogradFits(g, 2),
    make: (g, options) => winograd(g, { ...options, tile: 2 }),
  },
  winograd4: {
    fits: (g) => winogradFits(g, 4),
    make: (g, options) => winograd(g, { ...options, tile: 4 }),
  },
  channels: { fits: (g) => g.depthwise, make: depthwiseChannels },
  pairs: { fits: (g) => g.depthwise && g.dtype === "i8", make: depthwisePairs },
  inPlaceChannel: { fits: inPlaceFits, make: depthwiseInPlaceChannel },
  inPlaceRows: { fits: inPlaceFits, make: depthwiseInPlaceRows },
  planes: { fits: nchwFits, make: nchwConv },
  viaPlanes: { fits: nchwFits, make: viaNchw },
};

function direct(g: ConvGeometry, layout: "nhwc" | "nchw"): Nest {
  const plain = plainConv(g, layout);
  return accumulate(plain, plain.axes.find(({ role }) => role === "reduction")!.name);
}

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
  checkOptions("convErrors", options, "seed");
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
