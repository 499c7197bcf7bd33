import { groupElements, loadedRefs } from "../codegen/loaded_refs.ts";
import { passesPerTest } from "../codegen/passes_per_test.ts";
import type {
  Compute,
  Node,
  Part,
  Program,
  Range,
  Ref,
  Register,
  Value,
  Width,
} from "../codegen/program.ts";
import { finishesByLane, isBlock } from "../codegen/record/record_accumulate.ts";
import { type DType, dtypeBytes } from "../nest/dtype.ts";
import type { ExecutedCounts } from "./count.ts";

/** What has been counted. */
export type Tally = { -readonly [K in NumericCount]: number };
type NumericCount = keyof ExecutedCounts | "innerTests" | "innerUpdates";

/** Counts what parts of a program execute. */
export class Counter {
  readonly #dtypes: ReadonlyMap<string, DType>;
  readonly #packed: ReadonlySet<string>;

  constructor({ buffers }: Program) {
    this.#dtypes = new Map(buffers.map(({ name, dtype }) => [name, dtype]));
    this.#packed = new Set(
      buffers.filter(({ role }) => role === "packed").map(({ name }) => name),
    );
  }

  // `extents` holds the actual extent of the tile that a loop is in, where it varies; `held` is how
  // many registers a block around it has.
  nodes(list: readonly Node[], extents: ReadonlyMap<string, number>, held = 0): Tally {
    const total = emptyTally();
    for (const node of list) {
      switch (node.kind) {
        case "let":
          this.#access(total, node.ref, node.width, "load", node.neighbours);
          break;
        case "compute":
          this.#compute(total, node);
          break;
        case "accumulate":
          for (const register of node.registers) this.#register(total, register, node.start);
          addTo(
            total,
            this.nodes(node.body, extents, isBlock(node) ? node.registers.length : 0),
            1,
          );
          break;
        case "range":
          addTo(total, this.#range(node, extents, held), 1);
      }
    }
    return total;
  }

  longestBody(list: readonly Node[]): number {
    let longest = 0;
    const visit = (each: readonly Node[]): void => {
      for (const node of each) {
        if (node.kind === "accumulate") visit(node.body);
        if (node.kind !== "range") continue;
        for (const part of node.parts) {
          if (isInnermost(part)) longest = Math.max(longest, this.#instructions(part.body));
          else visit(part.body);
        }
      }
    };
    visit(list);
    return longest || this.#instructions(list);
  }

  #instructions(list: readonly Node[]): number {
    const { loads, stores, arithmetic } = this.nodes(list, new Map());
    return loads + stores + arithmetic;
  }

  #register(total: Tally, register: Register, start: number | null): void {
    const { ref, width, finish } = register;
    const one = { ...width, lanes: 1, active: 1 };
    const across = width.reduces ? one : width;
    if (start === null) this.#access(total, ref, across, "load");
    if (width.reduces) total.arithmetic += width.lanes;
    const byLane = finishesByLane(register, this.#dtypes.get(ref.buffer)!);
    const [times, each] = byLane ? [width.active, one] : [1, across];
    for (let time = 0; time < times; time++) {
      if (finish) {
        for (const read of loadedRefs(finish)) this.#access(total, read, each, "load");
        total.arithmetic += operations(finish);
      }
      this.#access(total, ref, each, "store");
    }
  }

  #range(range: Range, extents: ReadonlyMap<string, number>, held: number): Tally {
    const total = emptyTally();
    const { within, sizes } = range.extent;
    let left = within === null ? sizes[0] : extents.get(within) ?? sizes[0];
    total.addressUpdates += range.pointers.length;
    for (const part of range.parts) {
      const full = Math.floor(left / part.unit);
      const whole = typeof part.times === "number"
        ? part.times
        : part.times === "equals"
        ? Number(left === part.unit)
        : full;
      const rest = part.times === "left" ? left - full * part.unit : 0;
      const passes = held > 0 && isInnermost(part) ? passesPerTest(part.body, held) : 1;
      const tests = passes > 1 ? blockTests(part, whole, passes) : whole;
      this.#iterate(total, part, range, { times: whole, extent: part.unit, extents, tests, held });
      if (rest > 0) {
        this.#iterate(total, part, range, { times: 1, extent: rest, extents, tests: 1, held });
      }
      if (part.times === "equals" && whole === 0) total.loopTests++;
      left -= whole * part.unit + rest;
    }
    return total;
  }

  #iterate(
    total: Tally,
    part: Part,
    range: Range,
    run: {
      readonly times: number;
      readonly extent: number;
      readonly extents: ReadonlyMap<string, number>;
      readonly tests: number;
      readonly held: number;
    },
  ): void {
    if (run.times === 0) return;
    const inside = new Map(run.extents).set(range.loop, Math.min(run.extent, part.unit));
    const straight = part.times === 1;
    const moves = straight ? 0 : range.pointers.length;
    addTo(total, this.nodes(part.body, inside, run.held), run.times);
    total.loopTests += straight ? 0 : run.tests;
    total.addressUpdates += moves * run.times;
    if (isInnermost(part)) {
      total.innerTests += straight ? 0 : run.tests;
      total.innerUpdates += moves * run.times;
    }
  }

  #compute(total: Tally, compute: Compute): void {
    const { target, update, value, width } = compute;
    const copies = "ref" in target && this.#packed.has(target.ref.buffer);
    if (copies) total.packedElements += width.active * width.group;
    for (const ref of loadedRefs(value)) this.#access(total, ref, width, "load");
    total.arithmetic += operations(value) + (update === "set" ? 0 : 1);
    if ("register" in target) return;
    if (update !== "set") this.#access(total, target.ref, width, "load");
    this.#access(total, target.ref, width, "store");
  }

  #access(
    total: Tally,
    ref: Ref,
    width: Width,
    what: "load" | "store",
    neighbours: number | null = null,
  ): void {
    const elements = neighbours ?? (ref.lane === 0 ? 1 : width.lanes) * groupElements(ref, width);
    const bytes = elements * dtypeBytes(this.#dtypes.get(ref.buffer)!);
    if (what === "load") {
      // Three of a group are loaded in two pieces.
      total.loads += neighbours === null && ref.lane === 0 && ref.member > 0 && width.members === 3
        ? 2
        : 1;
      total.loadedBytes += bytes;
    } else {
      total.stores++;
      total.storedBytes += bytes;
    }
  }
}

// One pass before the loop, several for each test in it; what is left over follows in a row where
// the number is known, and one by one where it is not. A loop known to run once is none.
function blockTests(part: Part, times: number, passes: number): number {
  const rounds = Math.floor(Math.max(times - 1, 0) / passes);
  if (typeof part.times === "number") return rounds === 1 ? 0 : rounds;
  return rounds + Math.max(times - 1 - rounds * passes, 0);
}

function isInnermost(part: Part): boolean {
  return !part.body.some((node) => node.kind === "range" || node.kind === "accumulate");
}

function operations(value: Value): number {
  if (value.kind === "requantize") return 1 + operations(value.value);
  return value.kind === "binary" ? 1 + operations(value.left) + operations(value.right) : 0;
}

function emptyTally(): Tally {
  return {
    loads: 0,
    stores: 0,
    loadedBytes: 0,
    storedBytes: 0,
    loopTests: 0,
    addressUpdates: 0,
    arithmetic: 0,
    packedElements: 0,
    innerTests: 0,
    innerUpdates: 0,
  };
}

function addTo(total: Tally, more: Tally, times: number): void {
  for (const key of Object.keys(total) as NumericCount[]) total[key] += times * more[key];
}
