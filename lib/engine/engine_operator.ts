import type { Dtype } from "../model/dtype.ts";
import type { OperatorName } from "../model/operator.ts";
import type { ScalarOptions } from "./kernels/scalar/scalar_options.ts";
import type { Layer, LayerKernel, MakeKernel } from "./layer.ts";
import type { Prepare } from "./reference/prepare.ts";

/** What the engine knows of one operator: what it means, and how it is computed fast. */
export interface EngineOperator<Name extends OperatorName> {
  /** The types that its data may have; absent where it has no data. */
  readonly types?: readonly Dtype[];
  /** Which input's types they are, 0 if absent; null: those of the first output. */
  readonly dataInput?: number | null;
  /** Its arithmetic: checks of types and quantization, and the loop that everything is compared with. */
  readonly reference: Prepare<Name>;
  /** Whether there is a kernel that works on vectors; false if absent. */
  readonly hasVectors?: boolean;
  /** Kernels with vectors where there are any, the fastest first; the last one takes everything. */
  readonly kernels: readonly MakeKernel[];
  /** A kernel of int8 that is written with some of TinyEngine's optimizations and without others. */
  readonly scalar?: (layer: Layer, options: ScalarOptions) => LayerKernel | null;
  /** A kernel for processors with a DSP extension, where others do not do as well. */
  readonly dsp?: MakeKernel;
  /** A kernel for processors with Helium, where the one for DSP extensions does not do as well. */
  readonly helium?: MakeKernel;
  /** A kernel without vectors that takes its arithmetic from no options. */
  readonly portable?: MakeKernel;
}
