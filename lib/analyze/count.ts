import { dtypeBytes } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
import { type Computation, isPipeline, meaningOf, stagesOf } from "../nest/pipeline.ts";
import { readsOf } from "../nest/define_nest.ts";
import { compile } from "../codegen/compile.ts";
import { isBlock } from "../codegen/record/record_block.ts";
import { passesPerTest } from "../codegen/passes_per_test.ts";
import { loadedRefs } from "../codegen/loaded_refs.ts";
import { lowerComputation } from "../codegen/lower_pipeline.ts";
import type { Compute, Node, Part, Program, Range, Ref, Value, Width } from "../codegen/program.ts";
import { stepStride } from "../schedule/strides.ts";

/** What a nest executes, counted, not timed: the same on every machine. */
export interface Counts extends ExecutedCounts {
  /**
   * Executions of the body's statement for one element: multiply-accumulates for a product. Zeros
   * that fill up a last pair do not count. For a pipeline those of the plain nest, however it gets
   * there; see {@link countArithmetic} for what it multiplies.
   */
  readonly macs: number;
  /** The innermost loops alone. */
  readonly innermost: InnermostCounts;
  /** Bytes of the WebAssembly module. */
  readonly codeBytes: number;
}

/** What every part of a program can be counted by. */
export interface ExecutedCounts {
  /**
   * Load instructions executed; a vector counts once. One that padding may skip counts as executed;
   * copying into a pack counts too.
   */
  readonly loads: number;
  /** Store instructions executed; a vector counts once. */
  readonly stores: number;
  /** Bytes that these instructions move, lanes that are not used included. */
  readonly loadedBytes: number;
  /** Bytes that stores move. */
  readonly storedBytes: number;
  /** Times a loop decides whether to go on. */
  readonly loopTests: number;
  /** Times a pointer is set or moved. */
  readonly addressUpdates: number;
  /** Arithmetic instructions of the body executed; a vector, or a fused pair, counts once. */
  readonly arithmetic: number;
  /** Elements written by packing; its loads and stores are among those above. */
  readonly packedElements: number;
}

/** The innermost loops alone: where the time goes. */
export interface InnermostCounts {
  /** Times an innermost loop decides whether to go on. */
  readonly loopTests: number;
  /** Times a pointer of an innermost loop moves. */
  readonly addressUpdates: number;
  /** Instructions in one pass through the longest innermost body: loads, arithmetic, stores. */
  readonly bodyInstructions: number;
  /**
   * Elements of each tensor between two iterations of the innermost loop, before unrolling; in a
   * pipeline, of the stage with the most to do.
   */
  readonly strides: Readonly<Record<string, number>>;
}

type Tally = { -readonly [K in NumericCount]: number };
type NumericCount = keyof ExecutedCounts | "innerTests" | "innerUpdates";

/**
 * Counts exactly what a run of the compiled nest or pipeline executes: multiply-accumulates, loads,
 * stores, loop tests, address arithmetic. All threads together; what is done ahead of time does not
 * count.
 *
 * @throws {ScheduleError} the schedule is not legal.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { count, matmul, reorder } from "tinyloom";
 *
 * const naive = matmul({ m: 8, k: 16, n: 32 });
 * assert.equal(count(naive).macs, 8 * 16 * 32);
 * assert.equal(count(naive).innermost.strides.B, 32);
 * assert.equal(count(reorder(naive, ["i", "k", "j"])).innermost.strides.B, 1);
 * ```
 */
export function count(computation: Computation): Counts {
  const program = lowerComputation(computation);
  const counter = new Counter(program);
  const total = counter.nodes(program.body, new Map());
  const { innerTests, innerUpdates, ...counts } = total;
  const nest = heaviestNest(computation);
  const innermost = nest.loops.findLast((loop) => loop.mode !== "dot" && loop.unroll !== "full") ??
    nest.loops.at(-1)!;
  const accesses = [nest.body.target, ...readsOf(nest.body.value)];
  return {
    macs: pointsOf(meaningOf(computation)),
    ...counts,
    innermost: {
      loopTests: innerTests,
      addressUpdates: innerUpdates,
      bodyInstructions: counter.longestBody(program.body),
      strides: Object.fromEntries(
        accesses.map((access) => [access.tensor, stepStride(nest, access, innermost)]),
      ),
    },
    codeBytes: compile(computation).wasm.length,
  };
}

/** Counts what part of a program executes once, its buffers given. */
export function countNodes(program: Program, nodes: readonly Node[]): ExecutedCounts {
  const { innerTests: _tests, innerUpdates: _updates, ...counts } = new Counter(program)
    .nodes(nodes, new Map());
  return counts;
}

/** Points of a nest's axes. */
export function pointsOf(nest: Nest): number {
  return nest.axes.reduce((product, { extent }) => product * extent, 1);
}

function heaviestNest(computation: Computation): Nest {
  if (!isPipeline(computation)) return computation;
  const runs = stagesOf(computation.nodes);
  const points = runs.map(({ stage, times }) => times * pointsOf(stage.nest));
  return runs[points.indexOf(Math.max(...points))].stage.nest;
}

class Counter {
  readonly #bytes: ReadonlyMap<string, number>;
  readonly #packed: ReadonlySet<string>;

  constructor({ buffers }: Program) {
    this.#bytes = new Map(buffers.map(({ name, dtype }) => [name, dtypeBytes(dtype)]));
    this.#packed = new Set(
      buffers.filter(({ role }) => role === "packed").map(({ name }) => name),
    );
  }

  // `extents` holds the actual extent of the tile that a loop is in, where it varies.
  nodes(list: readonly Node[], extents: ReadonlyMap<string, number>, held = false): Tally {
    const total = emptyTally();
    for (const node of list) {
      switch (node.kind) {
        case "let":
          this.#access(total, node.ref, node.width, "load");
          break;
        case "compute":
          this.#compute(total, node);
          break;
        case "accumulate":
          for (const { ref, width } of node.registers) {
            const across = width.reduces ? { ...width, lanes: 1, active: 1 } : width;
            if (node.start === null) this.#access(total, ref, across, "load");
            this.#access(total, ref, across, "store");
            if (width.reduces) total.arithmetic += width.lanes;
          }
          addTo(total, this.nodes(node.body, extents, isBlock(node)), 1);
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

  #range(range: Range, extents: ReadonlyMap<string, number>, held: boolean): Tally {
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
      const tests = held && isInnermost(part) ? blockTests(part, whole) : whole;
      this.#iterate(total, part, range, { times: whole, extent: part.unit, extents, tests });
      if (rest > 0) {
        this.#iterate(total, part, range, { times: 1, extent: rest, extents, tests: 1 });
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
    },
  ): void {
    if (run.times === 0) return;
    const inside = new Map(run.extents).set(range.loop, Math.min(run.extent, part.unit));
    const straight = part.times === 1;
    const moves = straight ? 0 : range.pointers.length;
    addTo(total, this.nodes(part.body, inside), run.times);
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
    if (copies) total.packedElements += width.active * width.pairs;
    for (const ref of loadedRefs(value)) this.#access(total, ref, width, "load");
    total.arithmetic += operations(value) + (update === "set" ? 0 : 1);
    if ("register" in target) return;
    if (update !== "set") this.#access(total, target.ref, width, "load");
    this.#access(total, target.ref, width, "store");
  }

  #access(total: Tally, ref: Ref, width: Width, what: "load" | "store"): void {
    const elements = (ref.lane === 0 ? 1 : width.lanes) * (ref.pair === 0 ? 1 : width.pairs);
    const bytes = elements * this.#bytes.get(ref.buffer)!;
    if (what === "load") {
      total.loads++;
      total.loadedBytes += bytes;
    } else {
      total.stores++;
      total.storedBytes += bytes;
    }
  }
}

// One pass before the loop, several for each test in it; what is left over follows in a row where
// the number is known, and one by one where it is not.
function blockTests(part: Part, times: number): number {
  const rounds = Math.floor(Math.max(times - 1, 0) / passesPerTest);
  const rest = typeof part.times === "number" ? 0 : times - 1 - rounds * passesPerTest;
  return rounds + Math.max(rest, 0);
}

function isInnermost(part: Part): boolean {
  return !part.body.some((node) => node.kind === "range" || node.kind === "accumulate");
}

function operations(value: Value): number {
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
