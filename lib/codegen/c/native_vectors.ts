import { vectorParts } from "../../kernel/instruction.ts";
import { instructions } from "../../kernel/instructions.ts";
import type { Opcode } from "../../kernel/opcode.ts";
import { codeOfType, functionName, laneText } from "./lane_vectors.ts";
import {
  type NativeText,
  x86Extensions,
  x86Features,
  x86Instructions,
} from "./native_instructions.ts";
import { nativeTypes } from "./native_types.ts";
import { cTypes, type VectorCall, type VectorFunction, type VectorStyle } from "./vector_style.ts";
import { type Size, wholeText } from "./whole_vectors.ts";

/**
 * Vectors as GCC and Clang have them, for the machine that compiles: instructions are operators of C on
 * whole vectors, or the processor's own, or lane by lane where it has none.
 */
export const nativeVectors: VectorStyle = {
  types: nativeTypes,
  zero: "{0}",
  bytes: (bytes) => `(tl_v128)(tl_u8x16){${bytes.join(", ")}}`,
  call: (call) => {
    const { op, lanes } = call;
    if (op === "i8x16.shuffle") return shuffleCall(call);
    if (op === "v128.part") return partCall(call, lanes[0]);
    const parts = partsIn(call);
    const name = nameOf(op, parts);
    return {
      name,
      immediates: lanes.map(String),
      functions: functionsOf(call, parts),
      given: (text, type) =>
        parts > 1 && type === "v128" && op !== "v128.join"
          ? `tl_repeat_v${parts * 128}(${text})`
          : text,
    };
  },
  // Addresses are less than 2^31 bytes from their base, on either side: what is added last is part of an access.
  address: (base, address, behind) =>
    `${base} + (ptrdiff_t)(int32_t)${address}${behind === 0 ? "" : ` + ${behind}`}`,
};

/** Parts of the widest vector among operands and result. */
function partsIn({ types, result }: VectorCall): 1 | 2 | 4 {
  return Math.max(1, ...[...types, result].map(vectorParts)) as 1 | 2 | 4;
}

function nameOf(op: Opcode, parts: number): string {
  return functionName(op) + (parts > 1 ? `_v${parts * 128}` : "");
}

/** The function of an instruction, and those that it is made of; thousands of calls have the same. */
function functionsOf(call: VectorCall, parts: 1 | 2 | 4): readonly VectorFunction[] {
  const key = [call.op, call.result, ...call.types, ...call.lanes].join(" ");
  const known = written.get(key) ?? writtenFunctions(call, parts);
  written.set(key, known);
  return known;
}

const written = new Map<string, readonly VectorFunction[]>();

function writtenFunctions(call: VectorCall, parts: 1 | 2 | 4): readonly VectorFunction[] {
  const { op, types, result, lanes } = call;
  const size = 16 * parts as Size;
  const isAccess = instructions[op].accessBytes > 0;
  const widthOf = (type: VectorCall["result"]) => (
    vectorParts(type) > 0 && op !== "v128.join" ? `tl_v${parts * 128}` : cTypes[type]
  );
  const operands = isAccess
    ? ["const uint8_t *p"]
    : types.map((type, i) => `${widthOf(type)} ${"abcd"[i]}`);
  const immediates = lanes.map(() => "int l");
  const name = nameOf(op, parts);
  const head = `static inline ${cTypes[result]} ${name}(${
    [...operands, ...immediates].join(", ")
  })`;
  const whole = wholeText(op, size);
  const ways = waysOf(op, size).map(([where, text]) => [
    where,
    `return (${cTypes[result]})(${text});`,
  ]);
  if (instructions[op].c === null) return [{ name, text: `${head} {\n  ${ways[0][1]}\n}` }];
  const needed: VectorFunction[] = [];
  let last: string | null = whole;
  if (last === null && parts === 1) last = laneBody(call);
  if (last === null) {
    const own = partwise(call, parts);
    needed.push(...own.functions);
    last = own.text;
  }
  const lines = ways.flatMap((
    [where, text],
    i,
  ) => [`#${i === 0 ? "if" : "elif"} ${where}`, `  ${text}`]);
  const body = ways.length === 0 ? [`  ${last}`] : [...lines, "#else", `  ${last}`, "#endif"];
  return [...needed, { name, text: `${head} {\n${body.join("\n")}\n}` }];
}

/** What a processor has for it: conditions and texts, the first that holds counts. */
function waysOf(op: Opcode, size: Size): readonly (readonly [string, string])[] {
  const texts: NativeText = x86Instructions[op] ?? {};
  const text = texts[size] ?? texts.any;
  const extensions = x86Extensions[op]?.[size] ?? [];
  const all = text === undefined ? extensions : [...extensions, [x86Features[size], text] as const];
  // Operands of a join are parts, whatever comes of them.
  const operandBytes = op === "v128.join" ? 16 : size;
  return all.map(([where, each]) => [where, filled(each, size, operandBytes)]);
}

function filled(text: string, size: Size, operandBytes: number): string {
  const bits = size === 16 ? "" : String(8 * size);
  return text.replaceAll("$M", `_mm${bits}`)
    .replaceAll("$Z", `_mm${bits}_setzero_si${8 * size}()`)
    .replaceAll("$P", size === 64 ? "(_MM_PERM_ENUM)" : "")
    .replace(/\$(\d)/g, (_, count: string) => String(Number(count) * size / 16))
    .replace(/\$([fd]?)([abcd])\b/g, (_, kind: string, operand: string) => {
      const type = kind === "" ? "i" : kind === "d" ? "d" : "";
      return `(__m${8 * operandBytes}${type})${operand}`;
    });
}

/** Statements that compute an instruction lane by lane. */
function laneBody({ op, types, result, lanes }: VectorCall): string {
  const c = laneText(op);
  const isAccess = instructions[op].accessBytes > 0;
  const vectors = isAccess ? [] : types.flatMap((type, i) => type === "v128" ? ["abcd"[i]] : []);
  const text = vectors.reduce(
    (all, name) => all.replaceAll(new RegExp(`\\b${name}\\.`, "g"), `${name}_.`),
    c.text,
  ).replaceAll("l[0]", "l");
  const views = [
    ...vectors.map((name) => `tl_lanes ${name}_;\n  memcpy(&${name}_, &${name}, sizeof ${name});`),
    ...lanes.length > 1 ? [`const uint8_t l[] = {${lanes.join(", ")}};`] : [],
  ];
  if (c.kind === "scalar") return [...views, `return (${cTypes[result]})(${text});`].join("\n  ");
  const count = 128 / Number(c.type.slice(1));
  return [
    ...views,
    "tl_lanes r_;",
    `for (int i = 0; i < ${count}; i++) r_.${c.type}[i] = (${codeOfType[c.type]})(${text});`,
    "tl_v128 r;",
    "memcpy(&r, &r_, sizeof r);",
    "return r;",
  ].join("\n  ");
}

/** Statements that compute an instruction part by part. */
function partwise(
  { op, types, lanes }: VectorCall,
  parts: 2 | 4 | 1,
): { readonly text: string; readonly functions: readonly VectorFunction[] } {
  const wide = `v${128 * parts}` as "v256";
  const { accessBytes, result } = instructions[op];
  const narrow = types.map((type) => vectorParts(type) > 1 ? "v128" as const : type);
  const single = { op, types: narrow, result: result!, lanes };
  const join = {
    op: "v128.join" as const,
    types: new Array<"v128">(parts).fill("v128"),
    result: wide,
    lanes: [],
  };
  const part = (index: number) => partCall({ op, types: [wide], result: "v128", lanes: [] }, index);
  const results = Array.from({ length: parts }, (_, index) => {
    const operands = accessBytes > 0
      ? [`p + ${accessBytes * index}`]
      : types.map((type, i) =>
        vectorParts(type) > 0 ? `${part(index).name}(${"abcd"[i]})` : "abcd"[i]
      );
    return `${nameOf(op, 1)}(${[...operands, ...lanes.map(() => "l")].join(", ")})`;
  });
  return {
    text: `return ${nameOf("v128.join", parts)}(${results.join(", ")});`,
    functions: [
      ...functionsOf(single, 1),
      ...functionsOf(join, parts),
      ...Array.from({ length: parts }, (_, index) => part(index).functions).flat(),
    ],
  };
}

/** One part of a wide vector, a function for each. */
function partCall({ types: [type] }: VectorCall, part: number) {
  const parts = vectorParts(type);
  const name = `tl_part${part}_${type}`;
  const text = parts === 2
    ? `_mm256_extracti128_si256((__m256i)a, ${part})`
    : `_mm512_extracti32x4_epi32((__m512i)a, ${part})`;
  const head = `static inline tl_v128 ${name}(tl_${type} a)`;
  return {
    name,
    immediates: [],
    functions: [{ name, text: `${head} {\n  return (tl_v128)${text};\n}` }],
  };
}

/** A shuffle, of lanes as wide as it moves together: processors have more instructions for these. */
function shuffleCall({ types, result, lanes }: VectorCall) {
  const parts = Math.max(...types.map(vectorParts)) as 1 | 2 | 4;
  const unit =
    [8, 4, 2].find((bytes) =>
      lanes.every((lane, i) =>
        i % bytes === 0 ? lane % bytes === 0 : lane === lanes[i - i % bytes] + i % bytes
      )
    ) ?? 1;
  const own = 16 / unit;
  const units = lanes.filter((_, i) => i % unit === 0).map((lane) => lane / unit);
  const immediates = Array.from(
    { length: parts },
    (_, part) =>
      units.map((lane) =>
        String(lane < own ? part * own + lane : parts * own + part * own + lane - own)
      ),
  ).flat();
  const type = `tl_u${8 * unit}x${parts * own}`;
  const name = `tl_shuffle_u${8 * unit}x${parts * own}`;
  return {
    name,
    immediates,
    functions: [{
      name,
      text: `#define ${name}(a, b, ...) ((${
        cTypes[result]
      })TL_SHUFFLE(${type}, a, b, __VA_ARGS__))`,
    }],
    given: (text: string, type: VectorCall["result"]) =>
      parts > 1 && type === "v128" ? `tl_repeat_v${parts * 128}(${text})` : text,
  };
}
