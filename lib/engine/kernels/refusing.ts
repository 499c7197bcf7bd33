import type { Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { refuse } from "../refusal.ts";

/** How a kernel says that it is not defined for what it finds. */
export interface Refusing {
  /** Refuses the run where the condition is not 0. */
  readonly unless: (b: KernelBuilder, isBad: Value) => void;
  readonly refusal: NonNullable<LayerKernel["refusal"]>;
}

/** For an operator that is not defined for all inputs, which its kernel asks about as it goes. */
export function refusing(layer: Layer, refusal: Refusing["refusal"]): Refusing {
  return { unless: (b, isBad) => b.if(isBad, () => refuse(b, layer)), refusal };
}
