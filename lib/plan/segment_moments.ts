import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Model } from "../model/model.ts";
import type { Plan, PlanStep } from "./plan.ts";
import type { Extent, MicroStep, SegmentPass } from "./segment.ts";
import { passPlace, type PixelPlace, readRectangle, type Rectangle } from "./segment_reads.ts";

/**
 * Which segment to watch, and when.
 *
 * @category Planner
 */
export interface SegmentMomentsOptions {
  /** Index into `segments`; 0 when absent. */
  readonly segment?: number;
  /** After how many of its micro-steps to look; when absent, six times from before to behind it. */
  readonly after?: readonly number[];
}

/**
 * Bytes `[low, high)` of the arena.
 *
 * @category Planner
 */
export interface HeldBytes {
  /** First address. */
  readonly low: number;
  /** Address behind the last. */
  readonly high: number;
  /** Index of the tensor that the bytes belong to. */
  readonly tensor: number;
  /** Its rows that lie here: adjacent ones together, but those of rolling rings one by one. */
  readonly rows: Extent;
  /** Whether they are in a ring. */
  readonly isRing: boolean;
  /** Whether anything reads them from now on. */
  readonly isNeeded: boolean;
  /** Whether the last micro-step stored in these rows. */
  readonly isNew: boolean;
}

/**
 * What lies where in the arena.
 *
 * @category Planner
 */
export interface SegmentMoment {
  /** Micro-steps that are done. */
  readonly after: number;
  /** The segment's micro-steps in all. */
  readonly of: number;
  /** Bytes that hold something, by address. */
  readonly held: readonly HeldBytes[];
}

/**
 * The arena while a segment runs: what lies at each address after some of its micro-steps. Rows
 * appear where they are stored, are not needed any more when their last reader has run, and
 * are gone when something else is stored in their place.
 *
 * @throws {RangeError} if there is no such segment, or if it has fewer micro-steps.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planMemory, segmentMoments, zoo } from "tinyloom";
 *
 * const model = zoo("mcunet-vww1");
 * const plan = planMemory(model, { fusion: "rolling" });
 * const [first, , , , , last] = segmentMoments(plan, model);
 * // Before it runs, there is the image: 80 rows of 80 x 3 bytes.
 * assert.deepEqual(first.held.map(({ low, high, rows }) => [low, high, ...rows]), [[0, 19200, 0, 80]]);
 * assert.ok(last.held.filter(({ isNeeded }) => isNeeded).every(({ isRing }) => !isRing));
 * ```
 *
 * @category Planner
 */
export function segmentMoments(
  plan: Plan,
  model: Model,
  options: SegmentMomentsOptions = {},
): readonly SegmentMoment[] {
  checkOptions("segmentMoments", options, "segment after");
  checkArguments("segmentMoments", { plan, model });
  const { segment: index = 0 } = options;
  const segment = plan.segments[index];
  if (segment === undefined) {
    throw new RangeError(`segment ${index}, the plan has ${plan.segments.length}`);
  }
  const calls = segment.passes.flatMap((pass) => pass.microSteps.map((micro) => ({ pass, micro })));
  const of = calls.length;
  const { after = [0, 1, 2, 3, 4, 5].map((part) => Math.round(part / 5 * of)) } = options;
  for (const count of after) {
    if (Number.isInteger(count) && count >= 0 && count <= of) continue;
    throw new RangeError(`after ${count} micro-steps, the segment has ${of}`);
  }
  const run = new Run(plan, model, index);
  calls.forEach(({ pass, micro }, turn) => run.noteReads(pass, micro, turn));
  run.begin();
  const moments = new Map<number, SegmentMoment>();
  for (let done = 0; done <= of; done++) {
    if (done > 0) run.do(calls[done - 1].pass, calls[done - 1].micro, done);
    if (after.includes(done)) moments.set(done, { after: done, of, held: run.held(done) });
  }
  return after.map((done) => moments.get(done)!);
}

/** A row of a tensor; of a tensor in a ring, as one pass computes it. */
interface Row {
  readonly tensor: number;
  readonly row: number;
  readonly pass: SegmentPass | null;
  /** Micro-step that stored it. */
  stored: number;
  /** Last micro-step that reads it; infinite if later steps do. */
  lastRead: number;
}

const NOTHING = -1;

/** The arena, every byte with the row that it holds. */
class Run {
  readonly #plan: Plan;
  readonly #model: Model;
  readonly #segment: number;
  readonly #arena: Int32Array;
  readonly #rows: Row[] = [];
  readonly #indices = new Map<string, number>();

  constructor(plan: Plan, model: Model, segment: number) {
    this.#plan = plan;
    this.#model = model;
    this.#segment = segment;
    this.#arena = new Int32Array(plan.peakBytes).fill(NOTHING);
  }

  noteReads(pass: SegmentPass, micro: MicroStep, turn: number): void {
    if ("copy" in micro) return;
    const step = this.#stepOf(micro);
    const { rows } = "reduce" in micro ? micro : readRectangle(this.#model, step, micro);
    for (const tensor of step.inputs) {
      if (this.#placeOf(tensor, pass) === null) continue;
      this.#forRows(tensor, rows, pass, (row) => row.lastRead = Math.max(row.lastRead, turn));
    }
  }

  /** Everything that is alive before the segment. */
  begin(): void {
    const { buffers, segments } = this.#plan;
    const { from, inputs, outputs, passes: [pass] } = segments[this.#segment];
    for (const { kind, tensors, from: first, until } of buffers) {
      // Of a tensor and its views the one that the segment reads.
      const tensor = tensors.find((each) => inputs.includes(each)) ?? tensors[0];
      if (kind !== "tensor" || first > from || until <= from || outputs.includes(tensor)) continue;
      const { height, width } = this.#placeOf(tensor, pass)!;
      this.#store(tensor, { rows: [0, height], columns: [0, width] }, { pass, turn: 0 });
    }
  }

  do(pass: SegmentPass, micro: MicroStep, turn: number): void {
    if ("copy" in micro) {
      const { fromByte, toByte, sizeBytes } = micro;
      this.#arena.copyWithin(toByte, fromByte, fromByte + sizeBytes);
      return;
    }
    const [tensor] = this.#stepOf(micro).outputs;
    if ("operator" in micro) this.#store(tensor, micro, { pass, turn });
    else if (micro.isLast) this.#store(tensor, { rows: [0, 1], columns: [0, 1] }, { pass, turn });
  }

  held(done: number): HeldBytes[] {
    const held: HeldBytes[] = [];
    const arena = this.#arena;
    const rolls = this.#plan.segments[this.#segment].kind === "rolling";
    for (let low = 0, high = 0; low < arena.length; low = high) {
      while (high < arena.length && arena[high] === arena[low]) high++;
      if (arena[low] === NOTHING) continue;
      const { tensor, row, pass, stored, lastRead } = this.#rows[arena[low]];
      const isRing = pass !== null;
      const isNew = done > 0 && stored === done;
      const next = { tensor, isRing, isNew, isNeeded: lastRead >= done };
      const before = held[held.length - 1];
      const joins = before !== undefined && before.high === low && before.tensor === tensor &&
        !(isRing && rolls) && before.rows[1] === row && before.isNeeded === next.isNeeded &&
        before.isNew === isNew;
      if (!joins) held.push({ low, high, rows: [row, row + 1], ...next });
      else held[held.length - 1] = { ...before, high, rows: [before.rows[0], row + 1] };
    }
    return held;
  }

  #stepOf(micro: Exclude<MicroStep, { readonly copy: number }>): PlanStep {
    const { from, until } = this.#plan.segments[this.#segment];
    const operator = "reduce" in micro ? micro.reduce : micro.operator;
    return this.#plan.steps.slice(from, until).find((step) => step.operator === operator)!;
  }

  #placeOf(tensor: number, pass: SegmentPass): PixelPlace | null {
    const isPlaced = this.#plan.buffers.some(({ tensors }) => tensors.includes(tensor));
    if (!isPlaced) return null;
    const { rings } = this.#plan.segments[this.#segment];
    return passPlace(this.#plan, this.#model, { tensor, rings, pass });
  }

  #store(
    tensor: number,
    { rows, columns }: Rectangle,
    { pass, turn }: { readonly pass: SegmentPass; readonly turn: number },
  ): void {
    const { at, pixelBytes } = this.#placeOf(tensor, pass)!;
    this.#forRows(tensor, rows, pass, (row, index) => {
      row.stored = turn;
      for (let column = columns[0]; column < columns[1]; column++) {
        const { address } = at(row.row, column)!;
        this.#arena.fill(index, address, address + pixelBytes);
      }
    });
  }

  #forRows(
    tensor: number,
    [from, until]: Extent,
    pass: SegmentPass,
    visit: (row: Row, index: number) => void,
  ): void {
    const { rings, passes, until: end } = this.#plan.segments[this.#segment];
    const isRing = rings.some((ring) => ring.tensor === tensor);
    const own = isRing ? pass : null;
    for (let row = from; row < until; row++) {
      const key = `${tensor} ${row} ${isRing ? passes.indexOf(pass) : ""}`;
      let index = this.#indices.get(key);
      if (index === undefined) {
        index = this.#rows.length;
        this.#indices.set(key, index);
        const lastRead = !isRing && this.#isAliveAt(tensor, end) ? Infinity : NOTHING;
        this.#rows.push({ tensor, row, pass: own, stored: 0, lastRead });
      }
      visit(this.#rows[index], index);
    }
  }

  #isAliveAt(tensor: number, step: number): boolean {
    const buffer = this.#plan.buffers.find(({ tensors }) => tensors.includes(tensor))!;
    return buffer.until > step || this.#plan.outputs.includes(tensor);
  }
}
