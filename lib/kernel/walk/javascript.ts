import type { Opcode } from "../instructions.ts";

type Write = (a: string, b: string, c: string) => string;

const unsigned = (a: string) => `(${a} >>> 0)`;
const compare = (sign: string): Write => (a, b) => `(${a} ${sign} ${b} ? 1 : 0)`;
const compareUnsigned = (sign: string): Write => (a, b) =>
  `(${unsigned(a)} ${sign} ${unsigned(b)} ? 1 : 0)`;
const wrap = (sign: string): Write => (a, b) => `(${a} ${sign} ${b} | 0)`;

/** Instructions on i32 in JavaScript: what addresses and bounds of loops are computed with. */
export const javascriptOps: Readonly<Partial<Record<Opcode, Write>>> = {
  "select": (a, b, c) => `(${c} ? ${a} : ${b})`,
  "i32.eqz": (a) => `(${a} === 0 ? 1 : 0)`,
  "i32.eq": compare("==="),
  "i32.ne": compare("!=="),
  "i32.lt_s": compare("<"),
  "i32.gt_s": compare(">"),
  "i32.le_s": compare("<="),
  "i32.ge_s": compare(">="),
  "i32.lt_u": compareUnsigned("<"),
  "i32.gt_u": compareUnsigned(">"),
  "i32.le_u": compareUnsigned("<="),
  "i32.ge_u": compareUnsigned(">="),
  "i32.clz": (a) => `Math.clz32(${a})`,
  "i32.add": wrap("+"),
  "i32.sub": wrap("-"),
  "i32.mul": (a, b) => `Math.imul(${a}, ${b})`,
  "i32.div_s": wrap("/"),
  "i32.div_u": (a, b) => `(${unsigned(a)} / ${unsigned(b)} | 0)`,
  "i32.rem_s": wrap("%"),
  "i32.rem_u": (a, b) => `(${unsigned(a)} % ${unsigned(b)} | 0)`,
  "i32.and": wrap("&"),
  "i32.or": (a, b) => `(${a} | ${b})`,
  "i32.xor": wrap("^"),
  "i32.shl": (a, b) => `(${a} << ${b})`,
  "i32.shr_s": (a, b) => `(${a} >> ${b})`,
  "i32.shr_u": wrap(">>>"),
  "i32.extend8_s": (a) => `(${a} << 24 >> 24)`,
  "i32.extend16_s": (a) => `(${a} << 16 >> 16)`,
};

/** Methods of DataView that load an i32; `true` at the end: little-endian. */
export const javascriptLoads: Readonly<Partial<Record<Opcode, (address: string) => string>>> = {
  "i32.load": (address) => `$view.getInt32(${address}, true)`,
  "i32.load8_s": (address) => `$view.getInt8(${address})`,
  "i32.load8_u": (address) => `$view.getUint8(${address})`,
  "i32.load16_s": (address) => `$view.getInt16(${address}, true)`,
  "i32.load16_u": (address) => `$view.getUint16(${address}, true)`,
};
