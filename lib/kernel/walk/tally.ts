import { accessBytes } from "../instructions.ts";
import type { Opcode } from "../opcode.ts";

// The greater and the lesser of two i32 are selected. Moves, conversions and comparisons are none.
const calculates =
  /^select$|\.(add|sub|mul|div|rem|min|max|pmin|pmax|abs|neg|sqrt|shl|shr|dot|q15mulr|extmul|extadd|relaxed)/;

/** An access, and of how many parts if it is of a wide vector. */
type Access = Opcode | `${Opcode} x${number}`;

/** What one pass through a stretch of code without branches executes. */
export class Tally {
  /** Instructions that compute. */
  readonly instructions = new Map<Opcode, number>();
  /** Loads and stores by region, as an index. */
  readonly accesses = new Map<number, Map<Access, number>>();
  /** Instructions that calculate with data. */
  arithmetic = 0;
  loopTests = 0;
  /** Tests of loops in it that hold none themselves, before their first pass. */
  innermostTests = 0;
  addressUpdates = 0;
  /** Stretches of which either is executed in a pass through this one. */
  readonly branches: (readonly [Tally, Tally])[] = [];

  /** @param isInnermost Whether the stretch belongs to a loop without loops in it. */
  constructor(readonly isInnermost: boolean) {}

  instruction(op: Opcode, isData: boolean): void {
    this.instructions.set(op, (this.instructions.get(op) ?? 0) + 1);
    if (isData && calculates.test(op)) this.arithmetic++;
  }

  /** A load or store, of so many parts of a wide vector at once. */
  access(op: Opcode, region: number, parts: number): void {
    const access: Access = parts > 1 ? `${op} x${parts}` : op;
    const known = this.accesses.get(region) ?? new Map<Access, number>();
    known.set(access, (known.get(access) ?? 0) + 1);
    this.accesses.set(region, known);
  }
}

/**
 * Loads and stores.
 *
 * @category Kernels
 */
export interface AccessCounts {
  /** Load instructions; a vector counts once. */
  readonly loads: number;
  /** Store instructions; a vector counts once. */
  readonly stores: number;
  /** Bytes that loads move. */
  readonly loadedBytes: number;
  /** Bytes that stores move. */
  readonly storedBytes: number;
}

/**
 * What kernels execute, counted.
 *
 * @category Kernels
 */
export interface KernelCounts extends AccessCounts {
  /** Times a loop decides whether to go on. */
  readonly loopTests: number;
  /** Times a variable is set that addresses are computed from. */
  readonly addressUpdates: number;
  /**
   * Instructions that add, multiply, divide, shift or choose (`min`, `max`, `select`) among data:
   * neither addresses nor what decides about loops and branches. A vector counts once.
   */
  readonly arithmetic: number;
  /**
   * How often each instruction is executed, those by which loops count and compare included; local
   * variables, constants and branches are none.
   */
  readonly instructions: Readonly<Record<string, number>>;
  /** Loads and stores by name of the region. */
  readonly regions: Readonly<Record<string, AccessCounts>>;
  /** Of loops that have none in them. */
  readonly innermost: {
    readonly loopTests: number;
    readonly addressUpdates: number;
    /** Loads, arithmetic and stores in the longest body of such a loop, or in all if there is none. */
    readonly bodyInstructions: number;
  };
}

/** All that was executed, from how often each stretch was. */
export function sumTallies(
  tallies: readonly Tally[],
  { times, regions }: { readonly times: Float64Array; readonly regions: readonly string[] },
): KernelCounts {
  const instructions: Record<string, number> = {};
  const perRegion = regions.map(noAccesses);
  const total = { loopTests: 0, addressUpdates: 0, arithmetic: 0 };
  const innermost = { loopTests: 0, addressUpdates: 0, bodyInstructions: longestBody(tallies) };
  const execute = (op: Opcode, count: number) => {
    instructions[op] = (instructions[op] ?? 0) + count;
  };
  tallies.forEach((tally, i) => {
    const executed = times[i];
    if (executed === 0) return;
    for (const [op, count] of tally.instructions) execute(op, executed * count);
    for (const [region, ops] of tally.accesses) {
      for (const [access, count] of ops) {
        const [op, parts = "1"] = access.split(" x") as [Opcode, string?];
        execute(op, executed * count);
        addAccesses(perRegion[region], { op, parts: Number(parts), count: executed * count });
      }
    }
    total.loopTests += executed * tally.loopTests;
    total.addressUpdates += executed * tally.addressUpdates;
    total.arithmetic += executed * tally.arithmetic;
    innermost.loopTests += executed * tally.innermostTests;
    if (!tally.isInnermost) return;
    innermost.loopTests += executed * tally.loopTests;
    innermost.addressUpdates += executed * tally.addressUpdates;
  });
  return {
    ...perRegion.reduce(plus, noAccesses()),
    ...total,
    instructions,
    regions: Object.fromEntries(regions.map((name, i) => [name, perRegion[i]])),
    innermost,
  };
}

/** The sum of two runs. */
export function addCounts(a: KernelCounts, b: KernelCounts): KernelCounts {
  const instructions: Record<string, number> = { ...a.instructions };
  for (const [op, count] of Object.entries(b.instructions)) {
    instructions[op] = (instructions[op] ?? 0) + count;
  }
  const regions: Record<string, AccessCounts> = { ...a.regions };
  for (const [name, counts] of Object.entries(b.regions)) {
    regions[name] = plus(regions[name] ?? noAccesses(), counts);
  }
  return {
    ...plus(a, b),
    loopTests: a.loopTests + b.loopTests,
    addressUpdates: a.addressUpdates + b.addressUpdates,
    arithmetic: a.arithmetic + b.arithmetic,
    instructions,
    regions,
    innermost: {
      loopTests: a.innermost.loopTests + b.innermost.loopTests,
      addressUpdates: a.innermost.addressUpdates + b.innermost.addressUpdates,
      bodyInstructions: Math.max(a.innermost.bodyInstructions, b.innermost.bodyInstructions),
    },
  };
}

function longestBody(tallies: readonly Tally[]): number {
  const innermost = tallies.filter(({ isInnermost }) => isInnermost);
  if (innermost.length > 0) return Math.max(...innermost.map(lengthOf));
  const branches = new Set(tallies.flatMap((tally) => tally.branches.flat()));
  const whole = tallies.filter((tally) => !branches.has(tally));
  return whole.reduce((sum, tally) => sum + lengthOf(tally), 0);
}

/** Instructions of one pass, the longer one of branches. */
function lengthOf({ accesses, arithmetic, branches }: Tally): number {
  const counts = [...accesses.values()].flatMap((ops) => [...ops.values()]);
  const straight = counts.reduce((sum, count) => sum + count, arithmetic);
  return branches.reduce((sum, pair) => sum + Math.max(...pair.map(lengthOf)), straight);
}

function plus(a: AccessCounts, b: AccessCounts): AccessCounts {
  return {
    loads: a.loads + b.loads,
    stores: a.stores + b.stores,
    loadedBytes: a.loadedBytes + b.loadedBytes,
    storedBytes: a.storedBytes + b.storedBytes,
  };
}

function noAccesses() {
  return { loads: 0, stores: 0, loadedBytes: 0, storedBytes: 0 };
}

function addAccesses(
  total: { -readonly [Key in keyof AccessCounts]: number },
  { op, parts, count }: { readonly op: Opcode; readonly parts: number; readonly count: number },
): void {
  const bytes = count * parts * accessBytes(op);
  if (isStore(op)) {
    total.stores += count;
    total.storedBytes += bytes;
  } else {
    total.loads += count;
    total.loadedBytes += bytes;
  }
}

/** Whether an instruction that accesses memory writes it. */
export function isStore(op: Opcode): boolean {
  return op.includes(".store");
}
