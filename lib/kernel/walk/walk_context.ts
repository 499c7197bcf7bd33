import type { KernelCode, Local, Region } from "../kernel.ts";
import { visitStatements } from "../parts.ts";
import { regionAddress } from "../region_address.ts";
import { addressesOf, addressLocals, controlOf, type Slice, sliceOf } from "./slice.ts";
import { Tally } from "./tally.ts";
import type { WalkedCode } from "./walked_code.ts";

/** A stretch of code without branches that is being written: lines, and what they execute. */
export interface Stretch {
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

  stretch(weight: string, isInnermost: boolean): Stretch {
    return { lines: [], tally: new Tally(isInnermost), weight };
  }

  /** The lines of a stretch, which count themselves. */
  close({ lines, tally, weight }: Stretch): readonly string[] {
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
