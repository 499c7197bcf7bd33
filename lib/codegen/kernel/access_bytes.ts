import type { Opcode } from "../wasm/opcodes.ts";

/** Bytes that a load or store touches. */
export function accessBytes(op: Opcode): number {
  const [type, name] = op.split(".");
  const narrow = /^(?:load|store)(\d+)(?:x(\d+))?/.exec(name);
  if (narrow) return Number(narrow[1]) * Number(narrow[2] ?? 1) / 8;
  if (name !== "load" && name !== "store") {
    throw new TypeError(`${op} does not access memory, needed a load or store`);
  }
  return type === "v128" ? 16 : Number(type.slice(1)) / 8;
}
