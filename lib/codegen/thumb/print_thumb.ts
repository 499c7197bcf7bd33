import type { KernelCode } from "../../kernel/kernel.ts";
import { allocate } from "./allocate.ts";
import {
  FIRST_SAVED,
  FREE_VECTORS,
  type Item,
  type Register,
  REGISTER_NAMES,
  VECTOR_NAMES,
} from "./ir.ts";
import { lower } from "./lower.ts";

/**
 * A kernel as a function in assembly (Thumb-2 with DSP extension, vectors of Helium, UAL syntax), called
 * as C calls functions of words; null for a kernel that needs more than int32 or calls others. Pointers come as
 * addresses.
 */
export function printThumb(kernel: KernelCode, symbol: string): readonly string[] | null {
  const routine = lower({ ...kernel, name: symbol });
  if (routine === null) return null;
  const allocated = allocate(routine);
  if (allocated === null) return null;
  const { items, colors, ownWords, kinds } = allocated;
  const nameOf = (register: Register) => {
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
  slot: NonNullable<Extract<Item, { kind: "code" }>["slot"]>["slot"],
  parameters: number,
): number {
  return slot.kind === "own" ? 4 * slot.index : parameters + 4 * slot.index;
}
