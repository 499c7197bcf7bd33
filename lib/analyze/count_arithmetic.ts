import { checkArguments } from "../check_arguments.ts";
import { assignPointers } from "../codegen/assign_pointers.ts";
import { lowerStages } from "../codegen/lower_pipeline.ts";
import type { Expr, Nest } from "../nest/nest.ts";
import {
  type Computation,
  isPipeline,
  type Pipeline,
  stagesOf,
  weightStages,
} from "../nest/pipeline.ts";
import { countProgram, type ExecutedCounts, pointsOf } from "./count.ts";

/**
 * Operations on single elements, whatever vectors do them.
 *
 * @category Analysis
 */
export interface ArithmeticCounts {
  /** Products of two elements. */
  readonly multiplications: number;
  /** Products of an element and a constant, and shifts by one. */
  readonly scalings: number;
  /** Additions and subtractions, those of sums included. */
  readonly additions: number;
}

/**
 * Counts the operations of one run by element: what a Winograd convolution saves in multiplications
 * and spends in its transforms. What is done ahead of time does not count.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { countArithmetic, convVariants } from "tinyloom";
 *
 * const { direct, winograd2 } = convVariants({
 *   height: 10, width: 10, inChannels: 16, outChannels: 8, kernel: [3, 3],
 * });
 * const ratio = countArithmetic(direct).multiplications / countArithmetic(winograd2!).multiplications;
 * assert.equal(ratio, 36 / 16);
 * ```
 *
 * @category Analysis
 */
export function countArithmetic(computation: Computation): ArithmeticCounts {
  checkArguments("countArithmetic", { computation });
  const total = { multiplications: 0, scalings: 0, additions: 0 };
  const add = (nest: Nest, times: number) => {
    const points = times * pointsOf(nest);
    const once = operationsOf(nest.body.value);
    total.multiplications += points * once.multiplications;
    total.scalings += points * once.scalings;
    total.additions += points * (once.additions + (nest.body.update === "add" ? 1 : 0));
  };
  if (!isPipeline(computation)) {
    add(computation, 1);
    return total;
  }
  const ahead = weightStages(computation).stages;
  for (const { stage, times } of stagesOf(computation.nodes)) {
    if (!ahead.has(stage)) add(stage.nest, times);
  }
  return total;
}

function operationsOf(expr: Expr): ArithmeticCounts {
  if (expr.kind !== "binary") return { multiplications: 0, scalings: 0, additions: 0 };
  const left = operationsOf(expr.left);
  const right = operationsOf(expr.right);
  const scales = expr.op === "shr" || expr.left.kind === "constant" ||
    expr.right.kind === "constant";
  const product = expr.op === "mul" || expr.op === "shr";
  return {
    multiplications: left.multiplications + right.multiplications + Number(product && !scales),
    scalings: left.scalings + right.scalings + Number(product && scales),
    additions: left.additions + right.additions + Number(expr.op === "add" || expr.op === "sub"),
  };
}

/**
 * What one stage of a pipeline executes in all its rounds.
 *
 * @category Analysis
 */
export interface StageCounts {
  /** What the stage does. */
  readonly title: string;
  /** How often it runs. */
  readonly times: number;
  /** Whether it is done once, ahead of time, since only weights go into it. */
  readonly ahead: boolean;
  /** Loads, stores and the rest, of all rounds together. */
  readonly counts: ExecutedCounts;
}

/**
 * Counts each stage of a pipeline by itself, and the packing of weights that is done ahead of time.
 * Loads, stores and arithmetic of the stages add up to those of {@link count}; the loops of repeats
 * belong to no stage.
 *
 * @throws {ScheduleError} a schedule is not legal.
 *
 * @category Analysis
 */
export function countStages(pipeline: Pipeline): readonly StageCounts[] {
  checkArguments("countStages", { pipeline });
  const programs = lowerStages(pipeline);
  const constants = weightStages(pipeline).stages;
  return stagesOf(pipeline.nodes).flatMap(({ stage, times }) => {
    const program = programs.get(stage)!;
    const counted = (body: typeof program.body, rounds: number) => {
      const { innermost: _, ...once } = countProgram({
        ...program,
        body: assignPointers(body),
        prepare: [],
      });
      return timesOver(once, rounds);
    };
    const ahead = constants.has(stage);
    const rounds = ahead ? 1 : times;
    const own: StageCounts = {
      title: stage.title,
      times: rounds,
      ahead,
      counts: counted(program.body, rounds),
    };
    if (program.prepare.length === 0) return [own];
    const packing = { title: `pack weights to ${stage.title}`, times: 1, ahead: true };
    return [{ ...packing, counts: counted(program.prepare, 1) }, own];
  });
}

function timesOver({ instructions, ...counts }: ExecutedCounts, rounds: number): ExecutedCounts {
  const each = (record: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, rounds * value]));
  return {
    ...each(counts) as Omit<ExecutedCounts, "instructions">,
    instructions: each(instructions),
  };
}
