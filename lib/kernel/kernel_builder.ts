import type { ValueType } from "./instruction.ts";
import { accessBytes, instructions } from "./instructions.ts";
import type { KernelCode, Local, Place, Region, Statement, Value } from "./kernel.ts";
import type { Opcode } from "./opcode.ts";
import { freeVariables, variablesSet } from "./parts.ts";
import { asValue, type Operand, use } from "./values.ts";

/** Where an access starts: a pointer into the region or an index from its start, plus a constant. */
export interface At {
  readonly region: Region;
  readonly address: Value;
  /** Bytes behind it, 0 if left out. */
  readonly offsetBytes?: number;
  /** Whether `address` counts from the region's first byte. */
  readonly isIndex?: boolean;
  /** Bytes of what is loaded that matter, all if left out. */
  readonly usedBytes?: number;
  /** What the address without `offsetBytes` is known to be a multiple of, 1 if left out. */
  readonly alignmentBytes?: number;
}

/** Bounds of a loop. */
export interface Bounds {
  readonly from?: Operand;
  readonly until: Operand;
  /** 1 if left out; negative: the variable falls while it is above `until`. */
  readonly step?: number;
  /** The caller knows that the loop runs. */
  readonly atLeastOnce?: boolean;
}

/** Records a kernel statement by statement. */
export class KernelBuilder {
  readonly #parameters: Local[] = [];
  /** How many variables have a name. */
  readonly #names = new Map<string, { count: number }>();
  readonly #locals: Local[] = [];
  #body: Statement[] = [];

  /** A variable that the caller fills; all of them before anything else. */
  parameter(name: string, type: ValueType = "i32"): Value {
    const local = this.#local(name, type);
    this.#parameters.push(local);
    return use(local);
  }

  /** A new variable with a value. */
  let(name: string, value: Operand): Value & { readonly kind: "local" } {
    const initial = asValue(value);
    const local = this.#local(name, initial.type);
    this.#body.push({ kind: "set", local, value: initial });
    return use(local);
  }

  /** Gives a variable another value. */
  set(variable: Value, value: Operand): void {
    this.#body.push({ kind: "set", local: localOf(variable), value: asValue(value) });
  }

  /** `variable += amount` on i32. */
  advance(variable: Value, amount: Operand): void {
    const value = asValue(amount);
    if (value.kind === "constant" && value.value === 0) return;
    const sum: Value = {
      kind: "op",
      type: "i32",
      op: "i32.add",
      args: [variable, value],
      lanes: [],
    };
    this.set(variable, sum);
  }

  /** What memory holds there. */
  load(op: Opcode, at: At): Value {
    return loadOf(op, at);
  }

  /** Stores a value, or one lane of it. */
  store(op: Opcode, at: At, value: Operand, lane?: number): void {
    accessBytes(op);
    this.#body.push({
      kind: "store",
      op,
      place: placeOf(at),
      value: asValue(value),
      lane: lane ?? null,
    });
  }

  /** A loop; the body gets its variable. A loop that runs exactly once leaves no loop. */
  for(name: string, bounds: Bounds, body: (variable: Value) => void): void {
    const { step = 1, atLeastOnce = false } = bounds;
    const [from, until] = [asValue(bounds.from ?? 0), asValue(bounds.until)];
    if (from.kind === "constant" && until.kind === "constant") {
      const count = Math.ceil((Number(until.value) - Number(from.value)) / step);
      if (count <= 0) return;
      if (count === 1) return body(from);
      this.#for(this.#local(name, "i32"), { from, until, step, atLeastOnce: true }, body);
      return;
    }
    this.#for(this.#local(name, "i32"), { from, until, step, atLeastOnce }, body);
  }

  #for(
    variable: Local,
    bounds: { from: Value; until: Value; step: number; atLeastOnce: boolean },
    body: (variable: Value) => void,
  ): void {
    const inner = this.#record(() => body(use(variable)));
    this.#body.push({ kind: "for", variable, ...bounds, body: inner });
  }

  /** A loop over a variable that there is, from what it holds: it is left with what ended the loop. */
  goOn(variable: Value, bounds: Omit<Bounds, "from">, body: () => void): void {
    const { step = 1, atLeastOnce = false } = bounds;
    const until = asValue(bounds.until);
    const inner = this.#record(body);
    const local = localOf(variable);
    this.#body.push({
      kind: "for",
      variable: local,
      from: variable,
      until,
      step,
      atLeastOnce,
      body: inner,
    });
  }

  /** A branch on an i32. */
  if(condition: Value, then: () => void, otherwise?: () => void): void {
    this.#body.push({
      kind: "if",
      condition,
      then: this.#record(then),
      otherwise: otherwise ? this.#record(otherwise) : [],
    });
  }

  /** Calls a kernel of the module, or an imported function, without a result. */
  call(callee: string, args: readonly Operand[] = []): void {
    this.#body.push({ kind: "call", callee, args: args.map(asValue) });
  }

  /**
   * Records statements as a kernel of their own, and calls it with the variables that they use.
   *
   * @throws {TypeError} they set a variable that was there before.
   */
  outline(name: string, statements: () => void): KernelCode {
    const before = [...this.#locals];
    const body = this.#record(statements);
    const set = variablesSet(body);
    const changed = before.find((local) => set.has(local));
    if (changed) {
      throw new TypeError(`${name} cannot set ${changed.name}, which belongs to its caller`);
    }
    const parameters = freeVariables(body);
    this.call(name, parameters.map(use));
    return { name, parameters, result: null, body, returns: null };
  }

  /** All of so many threads wait for each other. */
  barrier(threads: Operand): void {
    this.#body.push({ kind: "barrier", threads: asValue(threads) });
  }

  /** A line of pseudo-code for the reader. */
  remark(text: string): void {
    this.#body.push({ kind: "remark", text });
  }

  /** The recorded kernel. */
  finish(name: string, returns: Value | null = null): KernelCode {
    return {
      name,
      parameters: this.#parameters,
      result: returns?.type ?? null,
      body: this.#body,
      returns,
    };
  }

  #record(statements: () => void): readonly Statement[] {
    const outer = this.#body;
    this.#body = [];
    try {
      statements();
      return this.#body;
    } finally {
      this.#body = outer;
    }
  }

  #local(name: string, type: ValueType): Local {
    const known = this.#names.get(name);
    if (known === undefined) this.#names.set(name, { count: 1 });
    const local = { name: known === undefined ? name : `${name}_${known.count++}`, type };
    this.#locals.push(local);
    return local;
  }
}

/** A pointer to a byte of a region, its first if left out. */
export function start(region: Region, offsetBytes = 0): Value {
  return { kind: "address", type: "i32", region, offsetBytes };
}

/** What memory holds at a place, outside of any kernel yet. */
export function loadOf(op: Opcode, at: At): Value {
  accessBytes(op);
  return { kind: "load", type: instructions[op].result!, op, place: placeOf(at) };
}

function placeOf(at: At): Place {
  const { region, address, offsetBytes = 0, isIndex = false, usedBytes, alignmentBytes } = at;
  // Written out: there is a place for every access.
  if (alignmentBytes === undefined) {
    return usedBytes === undefined
      ? { region, address, offsetBytes, isIndex }
      : { region, address, offsetBytes, isIndex, usedBytes };
  }
  return usedBytes === undefined
    ? { region, address, offsetBytes, isIndex, alignmentBytes }
    : { region, address, offsetBytes, isIndex, usedBytes, alignmentBytes };
}

function localOf(value: Value): Local {
  if (value.kind !== "local") throw new TypeError(`a ${value.kind} cannot be set, needed a local`);
  return value.local;
}
