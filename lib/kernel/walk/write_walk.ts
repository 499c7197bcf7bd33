import { accessBytes, type Opcode } from "../instructions.ts";
import type { KernelCode, Local, Place, Region, Statement, Value } from "../kernel.ts";
import { bodiesOf, fallsToZero, goesOn, valuesOf, visitStatements, visitValue } from "../parts.ts";
import { regionAddress } from "../region_address.ts";
import { javascriptLoads, javascriptOps } from "./javascript.ts";
import { type RepeatedLoop, repeatedLoop } from "./repeated_loop.ts";
import { addressesOf, addressLocals, controlOf, decides, type Slice, sliceOf } from "./slice.ts";
import { isStore, Tally } from "./tally.ts";
import type { WalkedCode } from "./walked_code.ts";

type Loop = Extract<Statement, { kind: "for" }>;

/** What the written function does: sum up how often each stretch is executed, or report accesses. */
export type WalkMode = "count" | "trace";

/**
 * Kernels written out as JavaScript that follows their control flow and nothing else: the body of a
 * function of `$times` or `$touch` and of `$view`, a DataView of the memory.
 */
export interface WrittenWalk {
  readonly javascript: string;
  /** What each number of `$times` counts. */
  readonly tallies: readonly Tally[];
  /** Names of regions, by the index with which they are reported. */
  readonly regions: readonly string[];
}

/** A stretch that is being written: lines, and what they execute. */
interface Stretch {
  readonly lines: string[];
  readonly tally: Tally;
  /** How often one pass counts: an expression. */
  readonly weight: string;
}

/** @throws {TypeError} for control flow or addresses that cannot be followed. */
export function writeWalk(code: WalkedCode, mode: WalkMode): WrittenWalk {
  return new WalkWriter(code, mode).write();
}

class WalkWriter {
  readonly #code: WalkedCode;
  readonly #isTrace: boolean;
  readonly #wanted: Slice;
  readonly #pointers: ReadonlySet<Local>;
  readonly #functions: ReadonlyMap<string, KernelCode>;
  readonly #stored: readonly Region[];
  readonly #names = new Map<Local, string>();
  readonly #regions = new Map<string, number>();
  readonly #tallies: Tally[] = [];
  #kernel: KernelCode;
  #temporaries = 0;

  constructor(code: WalkedCode, mode: WalkMode) {
    const { kernels } = code;
    this.#code = code;
    this.#isTrace = mode === "trace";
    this.#functions = new Map(kernels.map((kernel) => [kernel.name, kernel]));
    this.#kernel = kernels[0];
    this.#wanted = sliceOf(kernels, (kernel) => [
      ...controlOf(kernel),
      ...this.#isTrace ? addressesOf(kernel) : [],
    ]);
    this.#pointers = addressLocals(kernels);
    this.#stored = kernels.flatMap(storedRegions);
  }

  write(): WrittenWalk {
    const { kernels, args } = this.#code;
    const functions = kernels.map((kernel) => this.#function(kernel));
    const call = `$f0(1${args.map((arg) => `, ${arg}`).join("")});`;
    return {
      javascript: [...functions.flat(), call].join("\n"),
      tallies: this.#tallies,
      regions: [...this.#regions.keys()],
    };
  }

  #function(kernel: KernelCode): string[] {
    this.#kernel = kernel;
    this.#names.clear();
    const parameters = kernel.parameters.map((local) => this.#name(local));
    const stretch = this.#stretch("$w", false);
    this.#statements(kernel.body, stretch);
    const isWanted = this.#wanted.results.has(kernel.name);
    const result = kernel.returns === null ? "" : this.#value(kernel.returns, stretch, isWanted);
    const locals = [...this.#names.values()].slice(parameters.length);
    const temporaries = Array.from({ length: this.#temporaries }, (_, i) => `$t${i}`);
    const variables = [...locals, ...temporaries].map((name) => `${name} = 0`);
    const header = [`$w`, ...parameters].join(", ");
    this.#temporaries = 0;
    return [
      `function $f${this.#code.kernels.indexOf(kernel)}(${header}) {`,
      ...variables.length === 0 ? [] : [`let ${variables.join(", ")};`],
      ...this.#close(stretch),
      ...isWanted ? [`return ${result};`] : [],
      "}",
    ];
  }

  #stretch(weight: string, isInnermost: boolean): Stretch {
    return { lines: [], tally: new Tally(isInnermost), weight };
  }

  /** The lines of a stretch, which count themselves. */
  #close({ lines, tally, weight }: Stretch): readonly string[] {
    if (this.#isTrace) return lines;
    this.#tallies.push(tally);
    return [`$times[${this.#tallies.length - 1}] += ${weight};`, ...lines];
  }

  #statements(statements: readonly Statement[], stretch: Stretch): void {
    for (const statement of statements) this.#statement(statement, stretch);
  }

  #statement(statement: Statement, stretch: Stretch): void {
    switch (statement.kind) {
      case "remark":
        return;
      case "barrier":
        this.#value(statement.threads, stretch, false);
        return;
      case "set": {
        const isWanted = this.#wanted.locals.has(statement.local);
        const value = this.#value(statement.value, stretch, isWanted);
        if (isWanted) stretch.lines.push(`${this.#name(statement.local)} = ${value};`);
        return this.#updates(statement.local, stretch);
      }
      case "call":
        stretch.lines.push(`${this.#call(statement, stretch)};`);
        return;
      case "store": {
        const { op, place, value } = statement;
        const address = this.#value(place.address, stretch, this.#isTrace);
        this.#value(value, stretch, false);
        return this.#access(op, { place, address }, stretch);
      }
      case "if": {
        const { then, otherwise } = statement;
        const condition = this.#value(statement.condition, stretch, true);
        return this.#branch(condition, stretch, {
          then: (inner) => this.#statements(then, inner),
          otherwise: (inner) => this.#statements(otherwise, inner),
        });
      }
      case "for":
        return this.#for(statement, stretch);
    }
  }

  #branch(condition: string, stretch: Stretch, { then, otherwise }: {
    readonly then: (inner: Stretch) => void;
    readonly otherwise: (inner: Stretch) => void;
  }): void {
    const [first, second] = [then, otherwise].map((write) => {
      const inner = this.#stretch(stretch.weight, stretch.tally.isInnermost);
      write(inner);
      return this.#close(inner);
    });
    stretch.lines.push(`if (${condition}) {`, ...first, "} else {", ...second, "}");
  }

  #for(loop: Loop, stretch: Stretch): void {
    const { variable, from, until, body } = loop;
    const isInnermost = !this.#holdsLoops(body);
    const name = this.#name(variable);
    const first = this.#value(from, stretch, true);
    if (!goesOn(loop)) {
      this.#updates(variable, stretch);
      stretch.lines.push(`${name} = ${first};`);
    }
    const end = loop.atLeastOnce ? "" : this.#test(loop, stretch);
    if (!loop.atLeastOnce && isInnermost) stretch.tally.innermostTests++;
    const repeated = this.#isTrace ? null : repeatedLoop(loop, {
      wanted: this.#wanted,
      argumentsWanted: (callee) => this.#argumentsWanted(callee),
    });
    if (repeated !== null) {
      const bound = this.#value(until, this.#stretch("0", false), true);
      return this.#repeat(loop, { repeated, bound, isInnermost }, stretch);
    }
    const inner = this.#stretch(stretch.weight, isInnermost);
    this.#statements(body, inner);
    inner.lines.push(`${name} = ${name} + ${loop.step} | 0;`);
    const again = this.#pass(loop, inner);
    const lines = ["do {", ...this.#close(inner), `} while (${again});`];
    stretch.lines.push(...loop.atLeastOnce ? lines : [`if (${end}) {`, ...lines, "}"]);
  }

  /** One pass for all of a loop. */
  #repeat(
    loop: Loop,
    { repeated: { moves }, bound, isInnermost }: {
      readonly repeated: RepeatedLoop;
      readonly bound: string;
      readonly isInnermost: boolean;
    },
    stretch: Stretch,
  ): void {
    const name = this.#name(loop.variable);
    const passes = this.#temporary();
    const weight = this.#temporary();
    const least = loop.atLeastOnce ? 1 : 0;
    const inner = this.#stretch(weight, isInnermost);
    this.#statements(loop.body, inner);
    this.#pass(loop, inner);
    stretch.lines.push(
      `${passes} = Math.max(${least}, Math.ceil((${bound} - ${name}) / ${loop.step}));`,
      `if (${passes} > 0) {`,
      `${weight} = ${stretch.weight} * ${passes};`,
      ...this.#close(inner),
      ...moves.map(({ local, by }) => {
        const moved = this.#name(local);
        return `${moved} = ${moved} + Math.imul(${by}, ${passes} - 1) | 0;`;
      }),
      `${name} = ${name} + Math.imul(${loop.step}, ${passes}) | 0;`,
      "}",
    );
  }

  /** What ends a pass through a loop; whether there is another one. */
  #pass(loop: Loop, inner: Stretch): string {
    inner.tally.instruction(loop.step > 0 ? "i32.add" : "i32.sub");
    this.#updates(loop.variable, inner);
    return this.#test(loop, inner, !fallsToZero(loop));
  }

  #test({ variable, until, step }: Loop, stretch: Stretch, compares = true): string {
    const end = this.#value(until, stretch, true);
    stretch.tally.loopTests++;
    if (compares) stretch.tally.instruction(step > 0 ? "i32.lt_s" : "i32.gt_s");
    return `${this.#name(variable)} ${step > 0 ? "<" : ">"} ${end}`;
  }

  /** What computing a value executes; if it is wanted, an expression of it as well. */
  #value(value: Value, stretch: Stretch, isWanted: boolean): string {
    switch (value.kind) {
      case "constant":
        return String(value.value);
      case "bytes":
        return this.#refuse("a vector", isWanted);
      case "local":
        return isWanted ? this.#name(value.local) : "";
      case "address":
        return isWanted ? String(this.#first(value.region) + value.offsetBytes) : "";
      case "if":
        return this.#either(value, stretch, isWanted);
      case "call": {
        const call = this.#call(value, stretch);
        if (!isWanted || !this.#functions.has(value.callee)) {
          stretch.lines.push(`${call};`);
          return this.#refuse(`what ${value.callee} returns`, isWanted);
        }
        const result = this.#temporary();
        stretch.lines.push(`${result} = ${call};`);
        return result;
      }
      case "load": {
        const { op, place } = value;
        const address = this.#value(place.address, stretch, isWanted || this.#isTrace);
        this.#access(op, { place, address }, stretch);
        return isWanted ? this.#load(op, { place, address }, stretch) : "";
      }
      case "op": {
        const args = value.args.map((arg) => this.#value(arg, stretch, isWanted));
        stretch.tally.instruction(value.op);
        const write = javascriptOps[value.op];
        if (!isWanted || write === undefined || value.type !== "i32") {
          return this.#refuse(value.op, isWanted);
        }
        return write(args[0], args[1], args[2]);
      }
    }
  }

  #either(
    value: Extract<Value, { kind: "if" }>,
    stretch: Stretch,
    isWanted: boolean,
  ): string {
    const isDecided = decides(value);
    const condition = this.#value(value.condition, stretch, isWanted || isDecided);
    if (!isDecided && !isWanted) return "";
    let [then, otherwise] = ["", ""];
    this.#branch(condition, stretch, {
      then: (inner) => then = this.#value(value.then, inner, isWanted),
      otherwise: (inner) => otherwise = this.#value(value.otherwise, inner, isWanted),
    });
    return `(${condition} ? ${then} : ${otherwise})`;
  }

  #call(
    { callee, args }: { readonly callee: string; readonly args: readonly Value[] },
    stretch: Stretch,
  ): string {
    const wanted = this.#argumentsWanted(callee);
    const given = args.map((arg, i) => this.#value(arg, stretch, wanted[i] ?? false) || "0");
    const index = this.#code.kernels.findIndex(({ name }) => name === callee);
    if (index === -1) return "";
    return `$f${index}(${[stretch.weight, ...given].join(", ")})`;
  }

  #argumentsWanted(callee: string): readonly boolean[] {
    const parameters = this.#functions.get(callee)?.parameters ?? [];
    return parameters.map((parameter) => this.#wanted.locals.has(parameter));
  }

  #access(
    op: Opcode,
    { place, address }: { readonly place: Place; readonly address: string },
    stretch: Stretch,
  ): void {
    const region = this.#region(place.region);
    if (!this.#isTrace) return stretch.tally.access(op, region);
    const at = this.#at(place, address);
    stretch.lines.push(`$touch(${at}, ${accessBytes(op)}, ${region}, ${isStore(op)});`);
  }

  /** A load whose value is wanted. */
  #load(
    op: Opcode,
    { place, address }: { readonly place: Place; readonly address: string },
    stretch: Stretch,
  ): string {
    const what = `${op} from ${place.region.name}`;
    const write = javascriptLoads[op];
    if (write === undefined) return this.#refuse(what, true);
    if (!this.#code.memory?.spaces.includes(place.region.space)) {
      throw new TypeError(
        `kernel ${this.#kernel.name}: ${this.#purpose()} depends on ${what}, needed what that holds`,
      );
    }
    const at = this.#at(place, address);
    if (place.region.space !== "constants") {
      if (this.#isTrace) stretch.lines.push(`$expect(${at}, ${accessBytes(op)});`);
      else if (this.#stored.some((region) => mayOverlap(region, place.region))) {
        return this.#refuse(`${what}, which is written as well`, true);
      }
    }
    return write(at);
  }

  #at({ region, offsetBytes, isIndex }: Place, address: string): string {
    return `${address} + ${(isIndex ? this.#first(region) : 0) + offsetBytes}`;
  }

  #first(region: Region): number {
    return regionAddress(region, this.#code.spaces);
  }

  #updates(local: Local, stretch: Stretch): void {
    if (this.#pointers.has(local)) stretch.tally.addressUpdates++;
  }

  #refuse(what: string, isWanted: boolean): string {
    if (!isWanted) return "";
    throw new TypeError(
      `kernel ${this.#kernel.name}: ${this.#purpose()} depends on ${what}, needed arithmetic on i32`,
    );
  }

  #purpose(): string {
    return this.#isTrace ? "what is executed, or where," : "what is executed";
  }

  #holdsLoops(statements: readonly Statement[]): boolean {
    return statements.some((statement) => {
      if (statement.kind === "for") return true;
      if (bodiesOf(statement).some((body) => this.#holdsLoops(body))) return true;
      const called: string[] = statement.kind === "call" ? [statement.callee] : [];
      for (const value of valuesOf(statement)) {
        visitValue(value, (each) => each.kind === "call" && called.push(each.callee));
      }
      return called.some((callee) => this.#holdsLoops(this.#functions.get(callee)?.body ?? []));
    });
  }

  #name(local: Local): string {
    const known = this.#names.get(local) ?? `v${this.#names.size}`;
    this.#names.set(local, known);
    return known;
  }

  #temporary(): string {
    return `$t${this.#temporaries++}`;
  }

  #region({ name }: Region): number {
    const known = this.#regions.get(name) ?? this.#regions.size;
    this.#regions.set(name, known);
    return known;
  }
}

function storedRegions({ body }: KernelCode): Region[] {
  const regions = new Set<Region>();
  visitStatements(body, (statement) => {
    if (statement.kind === "store") regions.add(statement.place.region);
  });
  return [...regions];
}

/** Regions that leave their size open may lie anywhere in their space. */
function mayOverlap(a: Region, b: Region): boolean {
  if (a.space !== b.space) return a.space === "memory" || b.space === "memory";
  if (a.sizeBytes === 0 || b.sizeBytes === 0) return true;
  return a.offsetBytes < b.offsetBytes + b.sizeBytes && b.offsetBytes < a.offsetBytes + a.sizeBytes;
}
