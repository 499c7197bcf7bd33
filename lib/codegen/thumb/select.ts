import { instructions } from "../../kernel/instructions.ts";
import type { Value } from "../../kernel/kernel.ts";
import {
  chooseByCondition,
  CONDITIONS,
  type InstructionSelector,
  type SecondOperand,
  type SelectContext,
} from "./conditions.ts";
import { isImmediate, isNarrow, type RegisterKind, type ThumbRegister, Unsupported } from "./ir.ts";
import { dotOperation, extractLane, vectorOperation } from "./select_vector.ts";

const PLAIN: Readonly<Record<string, string>> = {
  "i32.add": "add",
  "i32.sub": "sub",
  "i32.and": "and",
  "i32.or": "orr",
  "i32.xor": "eor",
};

const SHIFTS: Readonly<Record<string, string>> = {
  "i32.shl": "lsl",
  "i32.shr_s": "asr",
  "i32.shr_u": "lsr",
};

/** What follows the operands of instructions that are several in WebAssembly. */
const SUFFIXES: Readonly<Record<string, string>> = {
  "i32.extend_odd8_s": ", ror #8",
  "i32.pack_low16": ", lsl #16",
  "i32.pack_high16": ", asr #16",
};

/** Chooses instructions for values. */
export class Selector implements InstructionSelector {
  readonly #to: SelectContext;

  constructor(to: SelectContext) {
    this.#to = to;
  }

  /** Writes an instruction. */
  emit(item: Parameters<SelectContext["emit"]>[0]): void {
    this.#to.emit(item);
  }

  /** Computes a value; into the register given, or wherever it is. */
  value(value: Value, wanted?: ThumbRegister): ThumbRegister {
    if (value.kind === "local") {
      const register = this.#to.registerOf(value.local);
      if (wanted === undefined || wanted === register) return register;
      this.move(wanted, register);
      return wanted;
    }
    const isVector = value.type === "v128";
    if (value.type !== "i32" && !isVector) throw new Unsupported(value.type);
    const to = wanted ?? (isVector ? this.freshVector() : this.#to.fresh());
    switch (value.kind) {
      case "constant":
        this.#constant(Number(value.value) | 0, to);
        return to;
      case "load":
        this.#to.load(value.op, value.place, to);
        return to;
      case "op":
        if (isVector) vectorOperation(this, value, to);
        else this.#operation(value, to);
        return to;
      default:
        throw new Unsupported(value.kind);
    }
  }

  /** A register for a vector. */
  freshVector(): ThumbRegister {
    return this.#to.fresh("vector");
  }

  /** Says that a register may not be any. */
  restrict(register: ThumbRegister, kind: RegisterKind): void {
    this.#to.restrict(register, kind);
  }

  move(to: ThumbRegister, from: ThumbRegister): void {
    this.#to.emit({
      defs: [to],
      uses: [from],
      text: ([d], [u]) => [d.startsWith("q") ? `vmov ${d}, ${u}` : `mov ${d}, ${u}`],
      isMove: true,
    });
  }

  /** An address made of two registers, if it is a sum of that kind. */
  indexed(
    address: Value,
  ):
    | { readonly bases: readonly ThumbRegister[]; readonly text: (u: readonly string[]) => string }
    | null {
    if (address.kind !== "op" || address.op !== "i32.add") return null;
    const [base, index] = address.args;
    if (index.kind === "constant" || base.kind === "constant") return null;
    if (index.kind === "op" && index.op === "i32.shl" && index.args[1].kind === "constant") {
      const by = Number(index.args[1].value);
      if (by < 0 || by > 3) return null;
      const bases = [this.value(base), this.value(index.args[0])];
      return { bases, text: ([p, i]) => `[${p}, ${i}, lsl #${by}]` };
    }
    return { bases: [this.value(base), this.value(index)], text: ([p, i]) => `[${p}, ${i}]` };
  }

  #constant(value: number, to: ThumbRegister): void {
    const text = isImmediate(value) || isNarrow(value) && value >= 0
      ? (d: string) => [`mov ${d}, #${value}`]
      : isImmediate(~value)
      ? (d: string) => [`mvn ${d}, #${~value}`]
      : (d: string) => {
        const [low, high] = [value & 0xffff, value >>> 16];
        return [`movw ${d}, #${low}`, ...high === 0 ? [] : [`movt ${d}, #${high}`]];
      };
    this.#to.emit({ defs: [to], uses: [], text: ([d]) => text(d), isConstant: true });
  }

  #operation(value: Extract<Value, { kind: "op" }>, to: ThumbRegister): void {
    const { op, args } = value;
    if (op === "i32.dot_i8x16_add" || op === "i32.dot_i16x8_add") {
      return dotOperation(this, value, to);
    }
    if (op === "i32x4.extract_lane") return extractLane(this, value, to);
    const { dsp } = instructions[op];
    if (dsp !== undefined) return this.#combined(value, to, dsp.thumb);
    if (op === "select") return chooseByCondition(this, args, to);
    if (op in CONDITIONS || op === "i32.eqz") {
      const [one, zero] = [1, 0].map((each): Value => (
        { kind: "constant", type: "i32", value: each }
      ));
      return chooseByCondition(this, [one, zero, value], to);
    }
    if (op === "i32.extend8_s" || op === "i32.extend16_s") {
      const mnemonic = op === "i32.extend8_s" ? "sxtb" : "sxth";
      return this.#simple(mnemonic, [this.value(args[0])], to);
    }
    if (op === "i32.clz") return this.#simple("clz", [this.value(args[0])], to);
    if (op === "i32.mul") return this.#simple("mul", args.map((each) => this.value(each)), to);
    const shift = SHIFTS[op];
    if (shift !== undefined) {
      const left = this.value(args[0]);
      const [, by] = args;
      // Distances above 31 do not come: WebAssembly would take them modulo 32.
      if (by.kind !== "constant") return this.#simple(shift, [left, this.value(by)], to);
      const distance = Number(by.value) & 31;
      if (distance === 0) return this.move(to, left);
      this.#to.emit({
        defs: [to],
        uses: [left],
        text: ([d], [u]) => [`${shift} ${d}, ${u}, #${distance}`],
      });
      return;
    }
    const plain = PLAIN[op];
    if (plain === undefined) throw new Unsupported(op);
    this.#plain(plain, args, to);
  }

  #plain(mnemonic: string, args: readonly Value[], to: ThumbRegister): void {
    const [first, second] = args;
    if (second.kind === "constant" && (mnemonic === "add" || mnemonic === "sub")) {
      const signed = Number(second.value) | 0;
      const size = Math.abs(signed);
      if (isImmediate(size) || size < 4096) {
        const real = (mnemonic === "add") === (signed >= 0) ? "add" : "sub";
        const suffix = isImmediate(size) ? "" : "w";
        this.#to.emit({
          defs: [to],
          uses: [this.value(first)],
          text: ([d], [u]) => [`${real}${suffix} ${d}, ${u}, #${size}`],
        });
        return;
      }
    }
    const isFlexible = (value: Value) => this.#isShifted(value);
    const swaps = mnemonic !== "sub" && isFlexible(first) && !isFlexible(second);
    const [left, right] = swaps ? [second, first] : [first, second];
    const base = this.value(left);
    const operand = this.operand(right);
    this.#to.emit({
      defs: [to],
      uses: [base, ...operand.registers],
      text: ([d], [a, b]) => [`${mnemonic} ${d}, ${a}, ${operand.text(b)}`],
    });
  }

  #isShifted(value: Value): boolean {
    return value.kind === "op" && value.op in SHIFTS && value.args[1].kind === "constant" &&
      (Number(value.args[1].value) & 31) !== 0;
  }

  /** A constant, a register, or one shifted. */
  operand(value: Value): SecondOperand {
    if (value.kind === "constant" && isImmediate(Number(value.value) | 0)) {
      const number = Number(value.value) | 0;
      return { registers: [], text: () => `#${number}` };
    }
    if (value.kind === "op" && this.#isShifted(value)) {
      const by = value.args[1];
      const distance = by.kind === "constant" ? Number(by.value) & 31 : 0;
      const inner = this.value(value.args[0]);
      return { registers: [inner], text: (u) => `${u}, ${SHIFTS[value.op]} #${distance}` };
    }
    return { registers: [this.value(value)], text: (u) => u };
  }

  #combined(
    { op, args }: Extract<Value, { kind: "op" }>,
    to: ThumbRegister,
    mnemonic: string,
  ): void {
    const last = args.at(-1);
    if (op === "i32.mulh_round_add" && last?.kind === "constant" && last.value === 0) {
      return this.#simple("smmulr", args.slice(0, 2).map((each) => this.value(each)), to);
    }
    const given = args.map((each) => this.value(each));
    // PKHTB takes its lower half from its second operand.
    const uses = op === "i32.pack_high16" ? given.toReversed() : given;
    const suffix = SUFFIXES[op] ?? "";
    this.#to.emit({
      defs: [to],
      uses,
      text: ([d], u) => [
        mnemonic === "ssat"
          ? `ssat ${d}, #8, ${u[0]}`
          : `${mnemonic} ${d}, ${u.join(", ")}${suffix}`,
      ],
    });
  }

  #simple(mnemonic: string, uses: readonly ThumbRegister[], to: ThumbRegister): void {
    this.#to.emit({ defs: [to], uses, text: ([d], u) => [`${mnemonic} ${d}, ${u.join(", ")}`] });
  }
}
