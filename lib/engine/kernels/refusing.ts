import type { Value } from "../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../kernel/kernel_builder.ts";
import { constant } from "../../kernel/values.ts";
import type { Layer, LayerKernel } from "../layer.ts";

/** How a kernel says that it is not defined for what it finds. */
export interface Refusing {
  /** Refuses the run where the condition is not 0. */
  readonly unless: (b: KernelBuilder, isBad: Value) => void;
  readonly refusal: LayerKernel["refusal"];
}

/**
 * A word of memory that is set where an operator is not defined for its inputs. Code for other
 * machines has nobody to tell: there nothing is set, and results are what the kernel makes them.
 */
export function refusing(
  { name, target, constants }: Layer,
  { reason, error }: Pick<NonNullable<LayerKernel["refusal"]>, "reason" | "error">,
): Refusing {
  if (target !== "wasm") return { unless: () => {}, refusal: undefined };
  const word = constants.place(`${name}_refused`, new Uint8Array(4));
  return {
    unless: (b, isBad) =>
      b.if(isBad, () => {
        b.store("i32.store", { region: word, address: start(word) }, constant(1));
      }),
    refusal: { word, reason, error },
  };
}
