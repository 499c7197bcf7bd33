import type { KernelCode, Local } from "../../kernel/kernel.ts";
import type { PointerSpaces } from "../c/pointer_spaces.ts";
import type { ValueContext } from "../c/print_value.ts";
import { allocateRegisters } from "./allocate_registers.ts";
import { usesVectors } from "./fuse_accesses.ts";
import {
  FIRST_SAVED,
  FREE_VECTORS,
  REGISTER_NAMES,
  type Routine,
  type RoutineItem,
  type ThumbRegister,
  Unsupported,
  VECTOR_NAMES,
} from "./ir.ts";
import { Lowering } from "./lower_routine.ts";

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

/**
 * A kernel as a function in assembly (Thumb-2 with DSP extension, vectors of Helium, UAL syntax), called
 * as C calls functions of words; null for a kernel that needs more than int32 or calls others. Pointers come as
 * addresses.
 */
export function printThumb(kernel: KernelCode, symbol: string): readonly string[] | null {
  const routine = lowerRoutine({ ...kernel, name: symbol });
  if (routine === null) return null;
  const allocated = allocateRegisters(routine);
  if (allocated === null) return null;
  const { items, colors, ownWords, kinds } = allocated;
  const nameOf = (register: ThumbRegister) => {
    const color = colors.get(register)!;
    return kinds.get(register) === "vector" ? VECTOR_NAMES[color] : REGISTER_NAMES[color];
  };
  const used = new Set(
    items.flatMap((item) => item.kind === "label" ? [] : [...item.defs, ...item.uses].map(nameOf)),
  );
  const saved = REGISTER_NAMES.slice(FIRST_SAVED).filter((name) => used.has(name));
  const order = (name: string) => name === "lr" ? 14 : Number(name.slice(1));
  const pushed = saved.toSorted((a, b) => order(a) - order(b));
  const isLeaf = !pushed.includes("lr");
  const frame = 4 * ownWords;
  const last = VECTOR_NAMES.findLastIndex((name) => used.has(name));
  const keepsVectors = last >= FREE_VECTORS;
  const kept = keepsVectors ? `{d${2 * FREE_VECTORS}-d${2 * last + 1}}` : null;
  const keptBytes = keepsVectors ? 16 * (last + 1 - FREE_VECTORS) : 0;
  const lines = items.flatMap((item): string[] => {
    if (item.kind === "label") return [`${item.name}:`];
    const [defs, uses] = [item.defs.map(nameOf), item.uses.map(nameOf)];
    if (item.isMove && defs[0] === uses[0]) return [];
    const text = item.text(defs, uses);
    if (item.slot === undefined) return [...text];
    return [
      `${text[0]}[sp, #${slotOffset(item.slot.slot, frame + keptBytes + 4 * pushed.length)}]`,
    ];
  });
  return [
    ...pushed.length === 0 ? [] : [`push {${pushed.join(", ")}}`],
    ...kept === null ? [] : [`vpush ${kept}`],
    ...frame === 0 ? [] : [`sub sp, sp, #${frame}`],
    ...lines,
    ...frame === 0 ? [] : [`add sp, sp, #${frame}`],
    ...kept === null ? [] : [`vpop ${kept}`],
    ...isLeaf
      ? [...pushed.length === 0 ? [] : [`pop {${pushed.join(", ")}}`], "bx lr"]
      : [`pop {${pushed.map((name) => name === "lr" ? "pc" : name).join(", ")}}`],
  ];
}

function slotOffset(
  slot: NonNullable<Extract<RoutineItem, { kind: "code" }>["slot"]>["slot"],
  parameters: number,
): number {
  return slot.kind === "own" ? 4 * slot.index : parameters + 4 * slot.index;
}

/**
 * A kernel as instructions of Thumb in registers without end; null for what needs more than int32,
 * other kernels, or places that are no pointers.
 */
export function lowerRoutine(kernel: KernelCode): Routine | null {
  if (kernel.parameters.some(({ type }) => type !== "i32") || kernel.result !== null) return null;
  try {
    return new Lowering(kernel).routine();
  } catch (error) {
    if (error instanceof Unsupported) return null;
    throw error;
  }
}
