import { conversion, dotProduct, firstLanes, isFar } from "./vector_instructions.ts";
import { dtypeBytes, isFloat, type NestDtype } from "../../nest/dtype.ts";
import type { BinaryOp } from "../../nest/nest.ts";

/** Types of elements in C. */
export const elementTypes: Readonly<Record<NestDtype, string>> = {
  f32: "float",
  f64: "double",
  i8: "int8_t",
  u8: "uint8_t",
  i16: "int16_t",
  i32: "int32_t",
};

/**
 * The functions and types of vectors that a program in C uses, each written once. Vectors are those of
 * GCC and Clang, of any size: a processor that has no such registers takes several.
 */
export class VectorFunctions {
  readonly #texts = new Map<string, string>();

  /** All that is used, what others need before them. */
  text(): string {
    return [...this.#texts.values()].join("\n");
  }

  /** Whether a text is among them. */
  has(name: string): boolean {
    return this.#texts.has(name);
  }

  /** The type of so many elements. */
  type(dtype: NestDtype, lanes: number): string {
    const name = `${dtype}x${lanes}`;
    const bytes = lanes * dtypeBytes(dtype);
    return this.define(
      name,
      `typedef ${elementTypes[dtype]} ${name} __attribute__((vector_size(${bytes})));`,
    );
  }

  /** The type of so many elements without sign. */
  #unsigned(dtype: NestDtype, lanes: number): string {
    const bits = 8 * dtypeBytes(dtype);
    const bytes = lanes * dtypeBytes(dtype);
    return this.define(
      `u${bits}x${lanes}`,
      `typedef uint${bits}_t u${bits}x${lanes} __attribute__((vector_size(${bytes})));`,
    );
  }

  /** `splat(x)`: one element in all lanes. */
  splat(dtype: NestDtype, lanes: number): string {
    const type = this.type(dtype, lanes);
    // Adding to zeros would make 0 of -0.
    const all = Array.from({ length: lanes }, () => "x").join(", ");
    return this.#function(`splat_${type}`, type, `${elementTypes[dtype]} x`, [
      `return (${type}){${all}};`,
    ]);
  }

  /** `load(p)`: elements side by side. */
  load(dtype: NestDtype, lanes: number): string {
    const type = this.type(dtype, lanes);
    return this.#function(`load_${type}`, type, `const ${elementTypes[dtype]} *p`, [
      `${type} v;`,
      "memcpy(&v, p, sizeof v);",
      "return v;",
    ]);
  }

  /** `loadn(p, n)`: the first n elements, and zeros. */
  loadFirst(dtype: NestDtype, lanes: number): string {
    const type = this.type(dtype, lanes);
    const head = `const ${elementTypes[dtype]} *p, size_t n`;
    return this.#function(`loadn_${type}`, type, head, firstLanes(dtype, lanes).load);
  }

  /** `storen(p, v, n)`: the first n elements of a vector. */
  storeFirst(dtype: NestDtype, lanes: number): string {
    const type = this.type(dtype, lanes);
    const head = `${elementTypes[dtype]} *p, ${type} v, size_t n`;
    return this.#function(`storen_${type}`, "void", head, firstLanes(dtype, lanes).store);
  }

  /** `store(p, v)`: all elements of a vector. */
  store(dtype: NestDtype, lanes: number): string {
    const type = this.type(dtype, lanes);
    const head = `${elementTypes[dtype]} *p, ${type} v`;
    return this.#function(`store_${type}`, "void", head, ["memcpy(p, &v, sizeof v);"]);
  }

  /** `convert(v)`: all elements as of another type, which holds them or takes their low bits. */
  convert(from: NestDtype, to: NestDtype, lanes: number): string {
    const [given, type] = [from, to].map((dtype) => this.type(dtype, lanes));
    // What compilers have instructions for is twice the size, or half of it.
    if (isFar(from, to)) this.type("i16", lanes);
    return this.#function(`${type}_of_${given}`, type, `${given} v`, conversion(from, to, lanes));
  }

  /** Whether integers wrap in an operation, or a maximum sees what is no number: a function of its own. */
  operator(op: BinaryOp, dtype: NestDtype, lanes: number): string {
    const scalar = `${op}_${dtype}`;
    this.define(scalar, `static inline ${scalarOperator(op, dtype, scalar)}`);
    if (lanes === 1) return scalar;
    const type = this.type(dtype, lanes);
    const sign = { add: "+", sub: "-", mul: "*" }[op as string];
    if (sign !== undefined && !isFloat(dtype)) {
      // As a whole, and wrapping: the loop over lanes is taken apart into halves by some compilers.
      const whole = this.#unsigned(dtype, lanes);
      return this.#function(`${op}_${type}`, type, `${type} a, ${type} b`, [
        `return (${type})((${whole})a ${sign} (${whole})b);`,
      ]);
    }
    return this.#function(`${op}_${type}`, type, `${type} a, ${type} b`, [
      `for (int l = 0; l < ${lanes}; l++) a[l] = ${scalar}(a[l], b[l]);`,
      "return a;",
    ]);
  }

  /** `requantize(value, multiplier, shift)`: as gemmlowp defines it, halves away from 0. */
  requantize(lanes: number): string {
    this.define("requantize_i32", requantizeText);
    if (lanes === 1) return "requantize_i32";
    const type = this.type("i32", lanes);
    return this.#function(`requantize_${type}`, type, `${type} x, ${type} m, ${type} s`, [
      `for (int l = 0; l < ${lanes}; l++) x[l] = requantize_i32(x[l], m[l], s[l]);`,
      "return x;",
    ]);
  }

  /** `across(v)`: all lanes of a vector together, in pairs: (0 + 1) + (2 + 3) + ... */
  across(update: "add" | "max", dtype: NestDtype, lanes: number): string {
    const type = this.type(dtype, lanes);
    const element = elementTypes[dtype];
    const together = (a: string, b: string) =>
      isFloat(dtype) && update === "add"
        ? `${a} + ${b}`
        : `${this.operator(update, dtype, 1)}(${a}, ${b})`;
    return this.#function(`across_${update}_${type}`, element, `${type} v`, [
      `${element} sum = ${together("v[0]", "v[1]")};`,
      `for (int l = 2; l < ${lanes}; l += 2) {`,
      `  ${element} pair = ${together("v[l]", "v[l + 1]")};`,
      `  sum = ${together("sum", "pair")};`,
      "}",
      "return sum;",
    ]);
  }

  /** `dot(sum, a, b)`: in each lane, a sum of two or four products is added; of fours, a is of uint8 or int8. */
  dot(
    group: 2 | 4,
    { lanes, isSigned }: { readonly lanes: number; readonly isSigned: boolean },
  ): string {
    const sum = this.type("i32", lanes);
    const name = `dot${group}${isSigned ? "s" : ""}_${sum}`;
    const dtypes = group === 2 ? ["i16", "i16"] as const : [isSigned ? "i8" : "u8", "i8"] as const;
    const [left, right] = dtypes.map((dtype) => this.type(dtype, lanes * group));
    const head = `${sum} c, ${left} a, ${right} b`;
    return this.#function(name, sum, head, dotProduct(group, { lanes, isSigned }));
  }

  /** `group(p)`: a few elements, repeated in all lanes. */
  splatGroup(dtype: "i8" | "u8" | "i16", lanes: number): string {
    const each = 4 / dtypeBytes(dtype);
    const type = this.type(dtype, lanes * each);
    const words = this.splat("i32", lanes);
    return this.#function(`group_${type}`, type, `const ${elementTypes[dtype]} *p`, [
      "int32_t word;",
      "memcpy(&word, p, sizeof word);",
      `return (${type})${words}(word);`,
    ]);
  }

  /** `groupn(p, n)`: the first n elements of a few, and zeros, repeated in all lanes. */
  splatSome(dtype: "i8" | "u8" | "i16", lanes: number): string {
    const type = this.type(dtype, lanes * 4 / dtypeBytes(dtype));
    const words = this.splat("i32", lanes);
    const head = `const ${elementTypes[dtype]} *p, size_t n`;
    return this.#function(`groupn_${type}`, type, head, [
      "int32_t word = 0;",
      "memcpy(&word, p, n * sizeof *p);",
      `return (${type})${words}(word);`,
    ]);
  }

  /** `prefetch(address, written)`: asks for a line of memory; nothing for compilers that cannot. */
  prefetch(): string {
    return this.define(
      "prefetch",
      [
        "#if defined(__GNUC__)",
        "#define prefetch(address, written) __builtin_prefetch((const void *)(address), written, 3)",
        "#else",
        "#define prefetch(address, written) ((void)(address))",
        "#endif",
      ].join("\n"),
    );
  }

  #function(name: string, result: string, parameters: string, body: readonly string[]): string {
    const lines = body.map((line) => line.startsWith("#") ? line : `  ${line}`).join("\n");
    return this.define(name, `static inline ${result} ${name}(${parameters}) {\n${lines}\n}`);
  }

  /** Adds a text of its own, once. */
  define(name: string, text: string): string {
    if (!this.#texts.has(name)) this.#texts.set(name, text);
    return name;
  }
}

function scalarOperator(op: BinaryOp, dtype: NestDtype, name: string): string {
  const type = elementTypes[dtype];
  const head = `${type} ${name}(${type} a, ${type} b)`;
  if (!isFloat(dtype)) {
    if (op === "min") return `${head} { return a < b ? a : b; }`;
    if (op === "max") return `${head} { return a > b ? a : b; }`;
    if (op === "shr") return `${head} { return a >> (b & 31); }`;
    const sign = { add: "+", sub: "-", mul: "*" }[op];
    return `${head} { return (${type})((uint32_t)a ${sign} (uint32_t)b); }`;
  }
  if (op !== "min" && op !== "max") throw new TypeError(`${op} of floats needs no function`);
  // What is no number stays so; -0 is less than 0.
  const [first, second] = op === "min" ? ["a", "b"] : ["b", "a"];
  return `${head} {
  if (a != a || b != b) return a + b;
  if (a == b) return __builtin_signbit(a) ? ${first} : ${second};
  return a ${op === "min" ? "<" : ">"} b ? a : b;
}`;
}

const requantizeText =
  `static inline int32_t requantize_i32(int32_t value, int32_t multiplier, int32_t shift) {
  int64_t product = (int64_t)(int32_t)((uint32_t)value << (shift > 0 ? shift : 0)) * multiplier;
  int32_t high = (int32_t)((product + ((int64_t)1 << 30)) >> 31);
  int32_t right = shift < 0 ? -shift : 0;
  int32_t mask = (int32_t)(((int64_t)1 << right) - 1);
  int32_t threshold = (mask >> 1) + (high < 0);
  return (high >> right) + ((high & mask) > threshold);
}`;
