import {
  type KernelCode,
  type Local,
  type Region,
  regionAddress,
  type Space,
  type Statement,
  type Value,
} from "../kernel.ts";
import { operandsOf, valuesOf, visitStatements, visitValue } from "../parts.ts";
import { Tally } from "./tally.ts";

/** A stretch of code without branches that is being written: lines, and what they execute. */
export interface CountedStretch {
  readonly lines: string[];
  readonly tally: Tally;
  /** How often one pass counts: an expression. */
  readonly weight: string;
}

/** What the writing of a walk knows everywhere, and names that it gives. */
export class WalkContext {
  readonly code: WalkedCode;
  /** Whether accesses are reported, not counted. */
  readonly isTrace: boolean;
  /** What is computed. */
  readonly wanted: Slice;
  /** Variables that addresses are computed from. */
  readonly pointers: ReadonlySet<Local>;
  readonly kernels: ReadonlyMap<string, KernelCode>;
  /** Regions that the kernels write. */
  readonly stored: readonly Region[];
  readonly tallies: Tally[] = [];
  readonly #regions = new Map<string, number>();
  readonly #names = new Map<Local, string>();
  #kernel: KernelCode;
  #temporaries = 0;

  constructor(code: WalkedCode, { isTrace }: { readonly isTrace: boolean }) {
    const { kernels } = code;
    this.code = code;
    this.isTrace = isTrace;
    this.kernels = new Map(kernels.map((kernel) => [kernel.name, kernel]));
    this.wanted = sliceOf(kernels, (kernel) => [
      ...controlOf(kernel),
      ...isTrace ? addressesOf(kernel) : [],
    ]);
    this.pointers = addressLocals(kernels);
    this.stored = kernels.flatMap(storedRegions);
    this.#kernel = kernels[0];
  }

  /** Begins a kernel: names of its parameters. */
  open(kernel: KernelCode): readonly string[] {
    this.#kernel = kernel;
    this.#names.clear();
    this.#temporaries = 0;
    return kernel.parameters.map((local) => this.name(local));
  }

  /** Names of the kernel's variables that are no parameters. */
  variables(): readonly string[] {
    const temporaries = Array.from({ length: this.#temporaries }, (_, i) => `$t${i}`);
    return [...[...this.#names.values()].slice(this.#kernel.parameters.length), ...temporaries];
  }

  name(local: Local): string {
    const known = this.#names.get(local) ?? `v${this.#names.size}`;
    this.#names.set(local, known);
    return known;
  }

  temporary(): string {
    return `$t${this.#temporaries++}`;
  }

  stretch(weight: string, isInnermost: boolean): CountedStretch {
    return { lines: [], tally: new Tally(isInnermost), weight };
  }

  /** The lines of a stretch, which count themselves. */
  close({ lines, tally, weight }: CountedStretch): readonly string[] {
    if (this.isTrace) return lines;
    this.tallies.push(tally);
    return [`$times[${this.tallies.length - 1}] += ${weight};`, ...lines];
  }

  /** Index of a region, by its name. */
  region({ name }: Region): number {
    const known = this.#regions.get(name) ?? this.#regions.size;
    this.#regions.set(name, known);
    return known;
  }

  get regions(): readonly string[] {
    return [...this.#regions.keys()];
  }

  /** First byte of a region. */
  first(region: Region): number {
    return regionAddress(region, this.code.spaces);
  }

  /** Which arguments of a kernel are computed. */
  argumentsWanted(callee: string): readonly boolean[] {
    const parameters = this.kernels.get(callee)?.parameters ?? [];
    return parameters.map((parameter) => this.wanted.locals.has(parameter));
  }

  /** @throws {TypeError} always: the walk cannot compute what it needs. */
  refuse(what: string, needed = "arithmetic on i32"): never {
    const purpose = this.isTrace ? "what is executed, or where," : "what is executed";
    throw new TypeError(
      `kernel ${this.#kernel.name}: ${purpose} depends on ${what}, needed ${needed}`,
    );
  }
}

function storedRegions({ body }: KernelCode): Region[] {
  const regions = new Set<Region>();
  visitStatements(body, (statement) => {
    if (statement.kind === "store") regions.add(statement.place.region);
  });
  return [...regions];
}

/** Kernels that are followed without being run. */
export interface WalkedCode {
  /** The kernel that is called first, then those that it calls; imported functions count for nothing. */
  readonly kernels: readonly KernelCode[];
  /** What the first is called with. */
  readonly args: readonly number[];
  /** First byte of each space. */
  readonly spaces: Readonly<Partial<Record<Space, number>>>;
  /** What is known of the memory before the call; null: nothing. */
  readonly memory: KnownMemory | null;
}

/** A memory, and in which spaces it holds what kernels find there. */
export interface KnownMemory {
  readonly bytes: Uint8Array;
  readonly spaces: readonly Space[];
}

/** A backward slice: what some values of kernels are computed from, through calls in both directions. */
export interface Slice {
  readonly locals: ReadonlySet<Local>;
  /** Kernels whose result belongs to it. */
  readonly results: ReadonlySet<string>;
}

/** What `roots` of the kernels are computed from. */
function sliceOf(
  kernels: readonly KernelCode[],
  roots: (kernel: KernelCode) => readonly Value[],
): Slice {
  const definitions = new Map<Local, Value[]>();
  const returns = new Map(kernels.map((kernel) => [kernel.name, kernel.returns]));
  const parameters = new Map(kernels.map((kernel) => [kernel.name, kernel.parameters]));
  const define = (local: Local, value: Value) => {
    const known = definitions.get(local);
    if (known === undefined) definitions.set(local, [value]);
    else known.push(value);
  };
  const call = (callee: string, args: readonly Value[]) => {
    parameters.get(callee)?.forEach((parameter, i) => define(parameter, args[i]));
  };
  for (const kernel of kernels) {
    visitStatements(kernel.body, (statement) => {
      if (statement.kind === "set") define(statement.local, statement.value);
      if (statement.kind === "for") define(statement.variable, statement.from);
      if (statement.kind === "call") call(statement.callee, statement.args);
    });
    visitValues(kernel, (value) => {
      if (value.kind === "call") call(value.callee, value.args);
    });
  }

  const locals = new Set<Local>();
  const results = new Set<string>();
  function mark(value: Value): void {
    if (value.kind === "local") {
      if (locals.has(value.local)) return;
      locals.add(value.local);
      definitions.get(value.local)?.forEach(mark);
    } else if (value.kind === "call") {
      // What its parameters are for is seen when they turn out to belong.
      if (results.has(value.callee)) return;
      results.add(value.callee);
      const returned = returns.get(value.callee);
      if (returned) mark(returned);
    } else {
      operandsOf(value).forEach(mark);
    }
  }
  for (const kernel of kernels) roots(kernel).forEach(mark);
  return { locals, results };
}

/** Values that decide what is executed: bounds of loops, conditions. */
export function controlOf({ body, returns }: Pick<KernelCode, "body" | "returns">): Value[] {
  const roots: Value[] = [];
  const visitIfs = (value: Value) =>
    visitValue(value, (each) => {
      if (each.kind === "if" && decides(each)) roots.push(each.condition);
    });
  visitStatements(body, (statement) => {
    valuesOf(statement).forEach(visitIfs);
    if (statement.kind === "for") roots.push(statement.from, statement.until);
    if (statement.kind === "if") roots.push(statement.condition);
  });
  if (returns !== null) visitIfs(returns);
  return roots;
}

/** Whether it makes a difference to what is executed which of two values is taken. */
export function decides({ then, otherwise }: Extract<Value, { kind: "if" }>): boolean {
  return [then, otherwise].some((value) => ["op", "load", "call", "if"].includes(value.kind));
}

/** Where kernels access memory. */
function addressesOf(kernel: KernelCode): Value[] {
  const addresses: Value[] = [];
  visitStatements(kernel.body, (statement) => {
    if (statement.kind === "store") addresses.push(statement.place.address);
  });
  visitValues(kernel, (value) => {
    if (value.kind === "load") addresses.push(value.place.address);
  });
  return addresses;
}

/** Variables in which addresses are kept, or what they are computed from. */
export function addressLocals(kernels: readonly KernelCode[]): ReadonlySet<Local> {
  return sliceOf(kernels, addressesOf).locals;
}

function visitValues({ body, returns }: KernelCode, visit: (value: Value) => void): void {
  visitStatements(body, (statement: Statement) => {
    for (const value of valuesOf(statement)) visitValue(value, visit);
  });
  if (returns !== null) visitValue(returns, visit);
}
