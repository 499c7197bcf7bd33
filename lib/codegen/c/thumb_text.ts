import type { KernelCode, Local } from "../../kernel/kernel.ts";
import { usesVectors } from "../thumb/hardware_loops.ts";
import { printThumb } from "../thumb/print_thumb.ts";
import type { PointerSpaces } from "./pointer_spaces.ts";
import type { ValueContext } from "./print_value.ts";

/** What stands for the symbol until it is known whether the function is there already. */
const PLACEHOLDER = "$symbol";

/**
 * A kernel as a function in assembly and one in C that calls it, for processors with a DSP extension:
 * the first half of a conditional text. Null for a kernel that the assembly printer does not take.
 */
export function thumbText(
  kernel: KernelCode,
  { symbol: own, known, head, context, pointers }: {
    readonly symbol: string;
    /** Symbols of functions that there are, by their text: one for all kernels that differ in spaces. */
    readonly known: Map<string, string>;
    /** The declaration of the function in C. */
    readonly head: string;
    readonly context: ValueContext;
    readonly pointers: PointerSpaces;
  },
): string | null {
  const printed = printThumb(kernel, PLACEHOLDER);
  if (printed === null) return null;
  const key = printed.join("\n");
  const isNew = !known.has(key);
  const symbol = known.get(key) ?? own;
  known.set(key, symbol);
  const lines = printed.map((line) => line.replaceAll(PLACEHOLDER, symbol));
  const { parameters } = kernel;
  const argumentOf = (local: Local): string => {
    const name = context.nameOf(local);
    const [space] = pointers.get(local) ?? [];
    if (space === undefined) return name;
    const base = context.baseOf({
      name: "",
      space,
      offsetBytes: 0,
      sizeBytes: 0,
      check: null,
    });
    return `(uint32_t)(uintptr_t)(${base} + ${name})`;
  };
  const types = parameters.map(() => "uint32_t").join(", ") || "void";
  const text = [
    `.pushsection .text.${symbol}, \\"ax\\", %progbits`,
    ".syntax unified",
    ".thumb",
    ".align 2",
    `.global ${symbol}`,
    `.type ${symbol}, %function`,
    ".thumb_func",
    `${symbol}:`,
    ...lines,
    `.size ${symbol}, . - ${symbol}`,
    ".popsection",
  ];
  // In pieces the text could be put in another order.
  const definition = `#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
void ${symbol}(${types});
__asm__(
${text.map((line) => `  "${line}\\n"`).join("\n")}
);
#pragma GCC diagnostic pop
`;
  const feature = usesVectors(kernel)
    ? "(defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1))"
    : "defined(__ARM_FEATURE_DSP)";
  return `#if ${feature} && defined(__thumb2__) && defined(__GNUC__)
${isNew ? definition : ""}${head} {
  ${symbol}(${parameters.map(argumentOf).join(", ")});
}`;
}
