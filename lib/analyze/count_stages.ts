import { assignPointers } from "../codegen/assign_pointers.ts";
import { lowerStages } from "../codegen/lower_pipeline.ts";
import { constantsOf } from "../nest/constants_of.ts";
import { type Pipeline, stagesOf } from "../nest/pipeline.ts";
import { countProgram, type ExecutedCounts } from "./count_nest.ts";

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
  const programs = lowerStages(pipeline);
  const constants = constantsOf(pipeline).stages;
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
