import type { LaneType } from "../../kernel/instruction.ts";
import { instructions } from "../../kernel/instructions.ts";
import type { Opcode } from "../../kernel/opcode.ts";
import { codeOfType } from "./lane_vectors.ts";
import { cTypes } from "./vector_style.ts";

/** Bytes of a vector. */
export type Size = 16 | 32 | 64;

/** Statements that compute an instruction by operators of C on whole vectors; null: there are none. */
export function wholeText(op: Opcode, size: Size): string | null {
  const { c } = instructions[op];
  if (c === null || c.kind !== "lanes" && c.kind !== "scalar") return null;
  const typeOf = (lane: string) => `tl_${lane}x${8 * size / Number(lane.slice(1))}`;
  const value = (text: string) => `return (tl_v${8 * size})(${text});`;
  const all = (lane: LaneType, x: string) => (
    `(${typeOf(lane)}){${new Array(8 * size / Number(lane.slice(1))).fill(x).join(", ")}}`
  );
  if (op === "v128.load") return `tl_v${8 * size} v;\n  memcpy(&v, p, sizeof v);\n  return v;`;
  const splat = /^v128\.load(\d+)_splat$/.exec(op);
  if (splat !== null) {
    const bits = splat[1] as "8";
    return `uint${bits}_t x;\n  memcpy(&x, p, sizeof x);\n  ${value(all(`u${bits}`, "x"))}`;
  }
  const zero = /^v128\.load(\d+)_zero$/.exec(op);
  if (zero !== null && size === 16) {
    return `uint${zero[1]}_t x;\n  memcpy(&x, p, sizeof x);\n  ${
      value(`(${typeOf(`u${zero[1]}`)}){x}`)
    }`;
  }
  if (c.kind === "scalar") {
    const lane = /^((?:\(int32_t\))?)a\.(\w+)\[l\[0\]\]$/.exec(c.text);
    return lane === null || size > 16
      ? null
      : `return (${cTypes[instructions[op].result!]})${lane[1]}((${typeOf(lane[2])})a)[l];`;
  }
  if (c.text === "a") return value(all(c.type, "a"));
  const replaced = /^i == l\[0\] \? b : a\.(\w+)\[i\]$/.exec(c.text);
  if (replaced !== null && size === 16) {
    return `${typeOf(replaced[1])} r = (${typeOf(replaced[1])})a;\n  r[l] = b;\n  ${value("r")}`;
  }
  const shift = /^(?:\(uint32_t\))?a\.(\w+)\[i\] (<<|>>) (\(b & \d+\))$/.exec(c.text);
  if (shift !== null) {
    const lane = shift[1] as LaneType;
    return value(`(${typeOf(lane)})a ${shift[2]} ${all(lane, `(${codeOfType[lane]})${shift[3]}`)}`);
  }
  if (op === "f32x4.convert_i32x4_s") {
    return value(`__builtin_convertvector((${typeOf("i32")})a, ${typeOf("f32")})`);
  }
  if (op === "f32x4.abs") return value(`(${typeOf("u32")})a & ${all("u32", "0x7fffffffu")}`);
  const whole = operatorsOf(c, typeOf);
  return whole === null ? null : value(whole);
}

/** A text of nothing but operators on lanes `i`, all of one size, as one on whole vectors. */
function operatorsOf(
  { text, type }: { readonly text: string; readonly type: LaneType },
  typeOf: (lane: string) => string,
): string | null {
  const lanes = /\b([abc])\.(\w+)\[i\]/g;
  const isWhole = [...text.matchAll(lanes)].every(([, , lane]) => lane.slice(1) === type.slice(1));
  if (!isWhole) return null;
  const plain = text.replace(/ \? -1 : 0$/, "").replace(/^0u - /, "-");
  if (!/^[\s~()+\-*/&|^<>=!@]*$/.test(plain.replace(lanes, "@"))) return null;
  return plain.replace(lanes, (_, operand, lane) => `((${typeOf(lane)})${operand})`);
}
