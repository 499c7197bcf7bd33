import type { InstructionSelector } from "./conditions.ts";
import { instructions } from "../../kernel/instructions.ts";
import type { Value } from "../../kernel/kernel.ts";
import { type ThumbRegister, Unsupported } from "./ir.ts";

/** Instructions on two vectors; `scalar`: the second one may be a number for all lanes. */
const BINARY: Readonly<Record<string, { readonly thumb: string; readonly scalar: boolean }>> = {
  "i32x4.add": { thumb: "vadd.i32", scalar: true },
  "i32x4.sub": { thumb: "vsub.i32", scalar: true },
  "i32x4.mul": { thumb: "vmul.i32", scalar: true },
  "i16x8.add": { thumb: "vadd.i16", scalar: true },
  "i16x8.mul": { thumb: "vmul.i16", scalar: true },
  "i16x8.add_sat_s": { thumb: "vqadd.s16", scalar: true },
  "i32x4.q31mulr_sat_s": { thumb: "vqrdmulh.s32", scalar: true },
  "i32x4.extmul_even_i16x8_s": { thumb: "vmullb.s16", scalar: false },
  "i32x4.extmul_odd_i16x8_s": { thumb: "vmullt.s16", scalar: false },
  "i8x16.max_s": { thumb: "vmax.s8", scalar: false },
  "i8x16.min_s": { thumb: "vmin.s8", scalar: false },
  "i16x8.max_s": { thumb: "vmax.s16", scalar: false },
  "i16x8.min_s": { thumb: "vmin.s16", scalar: false },
  "i32x4.max_s": { thumb: "vmax.s32", scalar: false },
  "i32x4.min_s": { thumb: "vmin.s32", scalar: false },
  "v128.and": { thumb: "vand", scalar: false },
};

const UNARY: Readonly<Record<string, string>> = {
  "i32x4.extend_even_i16x8_s": "vmovlb.s16",
  "i32x4.extend_odd_i16x8_s": "vmovlt.s16",
  "i8x16.splat": "vdup.8",
  "i16x8.splat": "vdup.16",
  "i32x4.splat": "vdup.32",
};

type Operation = Extract<Value, { kind: "op" }>;

/** Chooses instructions for an operation that gives a vector. */
export function vectorOperation(
  select: InstructionSelector,
  value: Operation,
  to: ThumbRegister,
): void {
  const { op, args } = value;
  const binary = BINARY[op];
  if (binary !== undefined) {
    const [first, second] = args;
    const uses = [select.value(first), select.value(binary.scalar ? unsplat(second) : second)];
    return select.emit({
      defs: [to],
      uses,
      text: ([d], [a, b]) => [`${binary.thumb} ${d}, ${a}, ${b}`],
    });
  }
  const unary = UNARY[op];
  if (unary !== undefined) {
    const uses = [select.value(args[0])];
    return select.emit({ defs: [to], uses, text: ([d], [a]) => [`${unary} ${d}, ${a}`] });
  }
  switch (op) {
    case "i32x4.join":
      return select.emit({
        defs: [to],
        uses: args.map((each) => select.value(each)),
        text: ([q], [a, b, c, d]) => [
          // The first register goes to the lower lane.
          `vmov ${q}[2], ${q}[0], ${a}, ${c}`,
          `vmov ${q}[3], ${q}[1], ${b}, ${d}`,
        ],
      });
    case "i32x4.replace_even":
    case "i32x4.replace_odd": {
      const [into, a, b] = args;
      const numbers = [select.value(a), select.value(b)];
      const lanes = op === "i32x4.replace_even" ? [2, 0] : [3, 1];
      select.value(into, to);
      return select.emit({
        defs: [to],
        uses: [to, ...numbers],
        text: ([q], [, x, y]) => [`vmov ${q}[${lanes[0]}], ${q}[${lanes[1]}], ${x}, ${y}`],
      });
    }
    case "i32x4.shr_s": {
      const [first, by] = args;
      if (by.kind !== "constant") throw new Unsupported(op);
      const uses = [select.value(first)];
      return select.emit({
        defs: [to],
        uses,
        text: ([d], [a]) => [`vshr.s32 ${d}, ${a}, #${by.value}`],
      });
    }
    case "i32x4.shl":
      return changed(select, to, { first: args[0], second: args[1], thumb: "vshl.s32" });
    case "i32x4.shl_round_s": {
      const [first, second] = args;
      const by = unsplat(second);
      if (by !== second) return changed(select, to, { first, second: by, thumb: "vrshl.s32" });
      const uses = [select.value(first), select.value(second)];
      return select.emit({
        defs: [to],
        uses,
        text: ([d], [a, b]) => [`vrshl.s32 ${d}, ${a}, ${b}`],
      });
    }
    case "i16x8.narrow_pairs_i32x4_s":
    case "i8x16.narrow_pairs_i16x8_s":
      return narrowPairs(select, value, to);
    default:
      throw new Unsupported(op);
  }
}

/** `c` and a sum of products of lanes. */
export function dotOperation(
  select: InstructionSelector,
  { op, args }: Operation,
  to: ThumbRegister,
): void {
  const [a, b, c] = args;
  const width = op === "i32.dot_i8x16_add" ? "s8" : "s16";
  const factors = [select.value(a), select.value(b)];
  select.restrict(to, "even");
  if (c.kind === "constant" && c.value === 0) {
    const text = (d: string, x: string, y: string) => [`vmladav.${width} ${d}, ${x}, ${y}`];
    return select.emit({ defs: [to], uses: factors, text: ([d], [x, y]) => text(d, x, y) });
  }
  select.value(c, to);
  select.emit({
    defs: [to],
    uses: [to, ...factors],
    text: ([d], [, x, y]) => [`vmladava.${width} ${d}, ${x}, ${y}`],
  });
}

/** A lane of a vector of words. */
export function extractLane(
  select: InstructionSelector,
  { args, lanes }: Operation,
  to: ThumbRegister,
): void {
  const uses = [select.value(args[0])];
  select.emit({ defs: [to], uses, text: ([d], [a]) => [`vmov.32 ${d}, ${a}[${lanes[0]}]`] });
}

/** An instruction that changes its first operand. */
function changed(
  select: InstructionSelector,
  to: ThumbRegister,
  { first, second, thumb }: {
    readonly first: Value;
    readonly second: Value;
    readonly thumb: string;
  },
): void {
  const by = select.value(second);
  select.value(first, to);
  select.emit({ defs: [to], uses: [to, by], text: ([d], [, b]) => [`${thumb} ${d}, ${b}`] });
}

/** Even lanes first, then odd ones into the same vector. */
function narrowPairs(
  select: InstructionSelector,
  { op, args }: Operation,
  to: ThumbRegister,
): void {
  const [kind, width] = instructions[op].dsp!.thumb.split(".");
  const [even, odd] = args.map((each) => select.value(each));
  const into = select.freshVector();
  select.emit({ defs: [into], uses: [even], text: ([d], [a]) => [`${kind}b.${width} ${d}, ${a}`] });
  select.emit({
    defs: [into],
    uses: [into, odd],
    text: ([d], [, b]) => [`${kind}t.${width} ${d}, ${b}`],
  });
  select.move(to, into);
}

/** The number that a vector has in all lanes, or the vector. */
function unsplat(value: Value): Value {
  return value.kind === "op" && value.op === "i32x4.splat" ||
      value.kind === "op" && value.op === "i16x8.splat"
    ? value.args[0]
    : value;
}
