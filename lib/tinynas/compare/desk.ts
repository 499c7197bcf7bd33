import type { SupernetWeights, TrainedSupernet } from "../supernet/trained_supernet.ts";
import type { TrainSupernetOptions } from "../supernet/train_supernet.ts";
import type { ArmTask, FoundSpaces, Limits, TaskResults } from "./arm_task.ts";
import type { ComparedDevice, CompareSettings } from "./compare_options.ts";
import type { ComparisonSets } from "./comparison_sets.ts";

/** One seed on one device: a super-network, searches, trainings. */
export interface Job {
  readonly id: string;
  readonly device: ComparedDevice;
  readonly seed: number;
}

/** What parts of the work gave, by their names. */
export type Results = Readonly<Record<string, unknown>>;

/** Where a job stands: what is known, and what is asked for since it is not. */
export interface Desk {
  readonly job: Job;
  readonly settings: CompareSettings;
  readonly sets: ComparisonSets;
  /**
   * The result of a part; null if it is not known, or not all of it: then the task is ready that finds
   * (more of) it.
   */
  readonly need: <Kind extends keyof TaskResults>(
    part: string,
    task: (known: TaskResults[Kind] | null) => Extract<ArmTask, { kind: Kind }>,
    isWhole?: (known: TaskResults[Kind]) => boolean,
  ) => TaskResults[Kind] | null;
  /** Tasks that are ready, by their parts. */
  readonly ready: ReadonlyMap<string, ArmTask>;
}

/** What tasks are made of. */
export interface PlanContext {
  readonly settings: CompareSettings;
  readonly sets: ComparisonSets;
  readonly results: Results;
}

/** A desk with nothing asked for. */
export function openDesk(job: Job, { settings, sets, results }: PlanContext): Desk {
  const ready = new Map<string, ArmTask>();
  return {
    job,
    settings,
    sets,
    ready,
    need: <Kind extends keyof TaskResults>(
      name: string,
      task: (known: TaskResults[Kind] | null) => ArmTask,
      isWhole: (known: TaskResults[Kind]) => boolean = () => true,
    ) => {
      const part = partOf(job, name);
      const known = part in results ? results[part] as TaskResults[Kind] : null;
      if (known !== null && isWhole(known)) return known;
      ready.set(part, task(known));
      return null;
    },
  };
}

/** The name under which a job's part of the work is kept. */
export function partOf({ id }: Job, name: string): string {
  return `${id}/${name}`;
}

/** What stage 1 found. */
export function foundSpaces({ job, settings, need }: Desk): FoundSpaces | null {
  const { samples, leastShare, resolutions, networks, spaces } = settings;
  const { device, seed } = job;
  const limits = limitsOf({ settings, job });
  const sizes = { samples, leastShare, resolutions, networks };
  return need<"spaces">("spaces", () => ({ kind: "spaces", device, seed, limits, spaces, sizes }));
}

/** The super-network, trained. */
export function trainedSupernet(desk: Desk): TrainedSupernet | null {
  const { settings: { steps, together, supernetRate: rate }, job } = desk;
  const found = foundSpaces(desk);
  if (found === null) return null;
  const { supernet: space, among } = found;
  return train("supernet", { space, among, seed: job.seed, together, steps, rate }, desk);
}

type Training = Pick<
  TrainSupernetOptions,
  "space" | "seed" | "steps" | "rate" | "together" | "only" | "among" | "from"
>;

/** A training, some steps a task; null until it is done. */
export function train(part: string, training: Training, desk: Desk): TrainedSupernet | null {
  const { settings: { recipe, pieceSteps }, sets, need } = desk;
  return need<"train">(
    part,
    (known) => ({
      kind: "train",
      training: {
        ...recipe,
        ...training,
        sets: training.space!.resolutions.map(sets.train),
        ...(known !== null && { resume: known }),
      },
      until: (known?.step ?? 0) + pieceSteps,
    }),
    ({ step }) => step === training.steps,
  );
}

/** What every network has to keep to. */
export function limitsOf({ settings, job }: Pick<Desk, "settings" | "job">): Limits {
  const { memory, mostLatencyMs } = settings;
  const mostMacs = job.device.mostMacs ?? settings.mostMacs;
  return {
    memory,
    ...(mostMacs !== null && { mostMacs }),
    ...(mostLatencyMs !== null && { mostLatencyMs }),
  };
}

/** All of them, or null if one is missing. */
export function whole<T>(parts: readonly (T | null)[]): readonly T[] | null {
  return parts.some((part) => part === null) ? null : parts as readonly T[];
}

/** Weights alone, without what only a training needs. */
export function weightsOf({ space, parameters }: TrainedSupernet): SupernetWeights {
  return { space, parameters };
}
