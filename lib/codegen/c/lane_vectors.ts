import type { LaneText, LaneType, ValueType } from "../../kernel/instruction.ts";
import { instructions } from "../../kernel/instructions.ts";
import type { Opcode } from "../../kernel/opcode.ts";
import { vectorType } from "./helpers.ts";
import { cTypes, sumText, type VectorCall, type VectorStyle } from "./vector_style.ts";

/**
 * Vectors as unions of their lanes, and instructions as loops over these: C of any compiler for any
 * processor.
 */
export const laneVectors: VectorStyle = {
  types: vectorType,
  zero: "{{0}}",
  bytes: (bytes) => `(tl_v128){{${bytes.join(", ")}}}`,
  call: ({ op, types, lanes }) => {
    const name = functionName(op);
    return {
      name,
      immediates: lanes.length === 0 ? [] : [`(const uint8_t[]){${lanes.join(", ")}}`],
      functions: [{ name, text: laneFunction(op, types) }],
    };
  },
  address: (base, address, behind) => `${base} + ${sumText(address, behind)}`,
};

/** The name of an instruction's function. */
export function functionName(op: Opcode): string {
  return `tl_${op.replace(".", "_")}`;
}

/** An element's type in C. */
export const codeOfType: Readonly<Record<LaneType, string>> = {
  i8: "int8_t",
  u8: "uint8_t",
  i16: "int16_t",
  u16: "uint16_t",
  i32: "int32_t",
  u32: "uint32_t",
  i64: "int64_t",
  u64: "uint64_t",
  f32: "float",
  f64: "double",
};

/** What an instruction is lane by lane: the text of lane `i`, and how many there are. */
export function laneText(op: Opcode): LaneText {
  const { c } = instructions[op];
  if (c === null || c.kind !== "lanes" && c.kind !== "scalar") {
    throw new TypeError(`${op} is no function in C`);
  }
  return c;
}

/** The operands of an instruction's function in C: their types and names. */
export function operandsOf({ op, types }: Pick<VectorCall, "op" | "types">): readonly string[] {
  const isAccess = instructions[op].accessBytes > 0;
  if (isAccess) return ["const uint8_t *p"];
  return types.map((type: ValueType, i) => `${cTypes[type]} ${"abcd"[i]}`);
}

/** An instruction on vectors as a function of its operands, its place and its immediate bytes. */
function laneFunction(op: Opcode, types: readonly ValueType[]): string {
  const c = laneText(op);
  const result = cTypes[instructions[op].result!];
  const immediate = /\bl\[/.test(c.text) ? ["const uint8_t *l"] : [];
  const head = `static inline ${result} ${functionName(op)}(${
    [...operandsOf({ op, types }), ...immediate].join(", ")
  }) {`;
  if (c.kind !== "lanes") return `${head}\n  return (${result})(${c.text});\n}`;
  const count = 128 / Number(c.type.slice(1));
  return `${head}
  tl_v128 r;
  for (int i = 0; i < ${count}; i++) r.${c.type}[i] = (${codeOfType[c.type]})(${c.text});
  return r;
}`;
}
