import type { KernelCode, Local, Place, Value } from "../../kernel/kernel.ts";
import { access } from "./allocate_registers.ts";
import { branch, countDown } from "./conditions.ts";
import {
  type Control,
  countsInHardware,
  fuseAccesses,
  type Fused,
  type FusedAccess,
  usesVectors,
} from "./fuse_accesses.ts";
import {
  type AccessForm,
  accessForm,
  PARAMETER_REGISTERS,
  REGISTER_NAMES,
  type RegisterKind,
  type Routine,
  type RoutineItem,
  type Slot,
  type ThumbRegister,
  Unsupported,
} from "./ir.ts";
import { Selector } from "./select.ts";

export class Lowering {
  readonly #items: RoutineItem[] = [];
  readonly #registers = new Map<Local, ThumbRegister>();
  readonly #kinds = new Map<ThumbRegister, RegisterKind>();
  readonly #kernel: KernelCode;
  /** Whether it is for processors with vectors. */
  readonly #hasVectors: boolean;
  #next = REGISTER_NAMES.length;
  #labels = 0;
  #depth = 0;

  constructor(kernel: KernelCode) {
    this.#kernel = kernel;
    this.#hasVectors = usesVectors(kernel);
  }

  routine(): Routine {
    const { name, parameters, body } = this.#kernel;
    const homes = new Map<ThumbRegister, Slot>();
    parameters.forEach((parameter, i) => {
      const register = this.#registerOf(parameter);
      if (i < PARAMETER_REGISTERS) return this.#select.move(register, i);
      const slot: Slot = { kind: "parameter", index: i - PARAMETER_REGISTERS };
      homes.set(register, slot);
      this.#items.push(access("ldr", slot, register, 0));
    });
    this.#statements(fuseAccesses(body));
    return { name, items: this.#items, kinds: this.#kinds, nextRegister: this.#next, homes };
  }

  readonly #select = new Selector({
    emit: (item) => this.#items.push({ kind: "code", depth: this.#depth, ...item }),
    fresh: (kind) => this.#fresh(kind),
    restrict: (register, kind) => this.#kinds.set(register, kind),
    registerOf: (local) => this.#registerOf(local),
    load: (op, place, to) => this.#access({ op, place, isLoad: true, moves: 0 }, [to]),
  });

  #fresh(kind: RegisterKind = "any"): ThumbRegister {
    if (kind !== "any") this.#kinds.set(this.#next, kind);
    return this.#next++;
  }

  #registerOf(local: Local): ThumbRegister {
    const known = this.#registers.get(local) ??
      this.#fresh(local.type === "v128" ? "vector" : "any");
    this.#registers.set(local, known);
    return known;
  }

  #statements(statements: readonly Fused[]): void {
    for (const statement of statements) this.#statement(statement);
  }

  #statement(statement: Fused): void {
    switch (statement.kind) {
      case "remark":
      case "barrier":
        return;
      case "set":
        this.#select.value(statement.value, this.#registerOf(statement.local));
        return;
      case "access": {
        const registers = statement.isLoad
          ? statement.to.map((local) => this.#registerOf(local))
          : statement.from.map((value) => this.#select.value(value));
        return this.#access(statement, registers);
      }
      case "if":
        return this.#if(statement);
      case "for":
        return this.#for(statement);
      default:
        throw new Unsupported(statement.kind);
    }
  }

  #if({ condition, then, otherwise }: Extract<Control, { kind: "if" }>): void {
    const [other, end] = [this.#label(), this.#label()];
    branch(this.#select, condition, { label: otherwise.length === 0 ? end : other, unless: true });
    this.#statements(then);
    if (otherwise.length > 0) {
      this.#jump(end);
      this.#place(other);
      this.#statements(otherwise);
    }
    this.#place(end);
  }

  #for(loop: Extract<Control, { kind: "for" }>): void {
    const { variable, from, until, step, sign, atLeastOnce, body } = loop;
    const register = this.#registerOf(variable);
    const use: Value = { kind: "local", type: "i32", local: variable };
    if (from.kind !== "local" || from.local !== variable) this.#select.value(from, register);
    const goesOn: Value = {
      kind: "op",
      type: "i32",
      op: sign >= 0 ? "i32.lt_s" : "i32.gt_s",
      args: [use, until],
      lanes: [],
    };
    const [begin, end] = [this.#label(), this.#label()];
    if (!atLeastOnce) branch(this.#select, goesOn, { label: end, unless: true });
    if (this.#hasVectors && countsInHardware(loop)) {
      return this.#hardwareLoop(register, { begin, end, body });
    }
    this.#depth++;
    this.#place(begin);
    this.#statements(body);
    const isCountDown = step < 0 && until.kind === "constant" && until.value === 0;
    if (isCountDown) {
      countDown(this.#select, register, { step: -step, label: begin });
    } else {
      if (step !== 0) {
        const by: Value = { kind: "constant", type: "i32", value: step };
        const sum: Value = { ...goesOn, op: "i32.add", args: [use, by] };
        this.#select.value(sum, register);
      }
      branch(this.#select, goesOn, { label: begin, unless: false });
    }
    this.#depth--;
    this.#place(end);
  }

  /** Armv8.1-M counts in `lr`, and branches back without a test. */
  #hardwareLoop(
    count: ThumbRegister,
    { begin, end, body }: {
      readonly begin: string;
      readonly end: string;
      readonly body: readonly Fused[];
    },
  ): void {
    const lr = REGISTER_NAMES.indexOf("lr");
    this.#select.emit({ defs: [lr], uses: [count], text: (_, [n]) => [`dls lr, ${n}`] });
    this.#depth++;
    this.#place(begin);
    this.#statements(body);
    const text = () => [`le lr, ${begin}`];
    this.#select.emit({ defs: [lr], uses: [lr], text, jumpsTo: begin });
    this.#depth--;
    this.#place(end);
  }

  #access(
    { op, place, isLoad, moves }: Pick<FusedAccess, "op" | "place" | "isLoad" | "moves">,
    registers: readonly ThumbRegister[],
  ): void {
    const form = accessForm(op, place);
    if (form === null || place.isIndex) throw new Unsupported(op);
    const { mnemonic } = form;
    const isPair = registers.length === 2;
    const { bases, text } = this.#address(place, { form, isPair, moves });
    if (form.isLow) this.#kinds.set(bases[0], "low");
    const [defs, uses] = isLoad ? [registers, bases] : [[], [...bases, ...registers]];
    this.#items.push({
      kind: "code",
      depth: this.#depth,
      defs: moves === 0 ? defs : [...defs, bases[0]],
      uses,
      text: (d, u) => {
        const names = isLoad ? d.slice(0, registers.length) : u.slice(bases.length);
        const full = isPair ? mnemonic === "ldr" ? "ldrd" : "strd" : mnemonic;
        return [`${full} ${names.join(", ")}, ${text(u)}`];
      },
    });
  }

  /** Registers of an address, and its text. */
  #address(
    { address, offsetBytes }: Place,
    { form, isPair, moves }: {
      readonly form: AccessForm;
      readonly isPair: boolean;
      readonly moves: number;
    },
  ): { readonly bases: readonly ThumbRegister[]; readonly text: (u: readonly string[]) => string } {
    if (moves !== 0) {
      return { bases: [this.#select.value(address)], text: ([p]) => `[${p}], #${moves}` };
    }
    const fits = isPair
      ? Math.abs(offsetBytes) <= 1020
      : offsetBytes >= form.least && offsetBytes <= form.most && offsetBytes % form.unit === 0;
    if (offsetBytes === 0 && !isPair && !form.isVector) {
      const indexed = this.#select.indexed(address);
      if (indexed !== null) return indexed;
    }
    if (fits) {
      const offset = offsetBytes === 0 ? "" : `, #${offsetBytes}`;
      return { bases: [this.#select.value(address)], text: ([p]) => `[${p}${offset}]` };
    }
    const by: Value = { kind: "constant", type: "i32", value: offsetBytes };
    const sum: Value = { kind: "op", type: "i32", op: "i32.add", args: [address, by], lanes: [] };
    return { bases: [this.#select.value(sum)], text: ([p]) => `[${p}]` };
  }

  #label(): string {
    return `.L${this.#kernel.name}_${this.#labels++}`;
  }

  #place(name: string): void {
    this.#items.push({ kind: "label", name });
  }

  #jump(label: string): void {
    this.#items.push({
      kind: "code",
      depth: this.#depth,
      defs: [],
      uses: [],
      text: () => [`b ${label}`],
      jumpsTo: label,
      isEnd: true,
    });
  }
}
