import type { TrainedSupernet } from "../supernet/trained_supernet.ts";
import { chooseNetwork, ratedAtRandom, trainChoice } from "./arm_choice.ts";
import type { ArmTask } from "./arm_task.ts";
import type { DeployedArm } from "./deploy_arm.ts";
import type { CompareSettings, SearchArm } from "./compare_options.ts";
import {
  type Desk,
  type Job,
  openDesk,
  partOf,
  type PlanContext,
  type Results,
  weightsOf,
} from "./desk.ts";

/** A task, and the part of the work that it is. */
export interface ReadyTask {
  readonly part: string;
  readonly task: ArmTask;
}

/** The jobs, in their order. */
export function jobsOf({ devices, seeds }: CompareSettings): readonly Job[] {
  return devices.flatMap((device) =>
    seeds.map((seed) => ({ id: `${device.name}, seed ${seed}`, device, seed }))
  );
}

/**
 * The tasks that can be done now: those whose inputs are known and whose results are not. The test
 * images are asked when every network of every job is trained and quantized.
 */
export function readyTasks(context: PlanContext): readonly ReadyTask[] {
  const jobs = jobsOf(context.settings);
  for (const stage of [trainingDesk, testDesk]) {
    const tasks = jobs.flatMap((job) => [...stage(job, context).ready])
      .map(([part, task]) => ({ part, task }));
    if (tasks.length > 0) return tasks;
  }
  return [];
}

/** Whatever is asked for until all arms of a job are trained and quantized. */
function trainingDesk(job: Job, context: PlanContext): Desk {
  const desk = openDesk(job, context);
  const { settings, sets, need } = desk;
  for (const arm of settings.arms) {
    if (partOf(job, `${arm}/deployed`) in context.results) continue;
    const choice = chooseNetwork(arm, desk);
    const trained = choice && trainChoice(arm, choice, desk);
    if (trained === null) continue;
    const { resolution, genes } = choice!;
    need<"deploy">(`${arm}/deployed`, () => ({
      kind: "deploy",
      weights: weightsOf(trained),
      genes,
      calibration: sets.calibration(resolution),
      device: job.device,
      memory: settings.memory,
      validation: sets.validation(resolution),
    }));
  }
  if (settings.arms.includes("random")) askScores(desk);
  return desk;
}

/** Zero-cost scores of networks that the random arm has rated, to see whether they say the same. */
function askScores(desk: Desk): void {
  const { need, sets, job } = desk;
  for (const { space, networks } of ratedAtRandom(desk)) {
    need<"scores">(`scores/${space.resolution}`, () => ({
      kind: "scores",
      space,
      networks: networks.map(({ genes }) => genes),
      images: sets.calibration(space.resolution),
      seed: job.seed,
    }));
  }
}

function testDesk(job: Job, context: PlanContext): Desk {
  const desk = openDesk(job, context);
  const { settings, sets, need } = desk;
  for (const arm of settings.arms) {
    if (partOf(job, `${arm}/answers`) in context.results) continue;
    const { resolution } = chooseNetwork(arm, desk)!;
    need<"answer">(`${arm}/answers`, () => ({
      kind: "answer",
      tflite: (context.results[partOf(job, `${arm}/deployed`)] as DeployedArm).tflite,
      memory: settings.memory,
      images: sets.test(resolution),
    }));
  }
  return desk;
}

/**
 * The results without what nothing needs any more: velocities of trainings that are over, weights of
 * trained networks that are quantized, and of super-networks and trials of jobs in which all are.
 */
export function withoutSpentWeights(results: Results, settings: CompareSettings): Results {
  const kept: Record<string, unknown> = { ...results };
  for (const job of jobsOf(settings)) {
    const isDone = (arm: SearchArm) => partOf(job, `${arm}/deployed`) in results;
    const spent = settings.arms.filter(isDone).map((arm) => partOf(job, `${arm}/training`));
    const isJobDone = settings.arms.every(isDone);
    for (const [part, result] of Object.entries(results)) {
      const isSpent = spent.includes(part) || isJobDone && part.startsWith(partOf(job, ""));
      if (!isTrained(result)) continue;
      const isOver = result.history.at(-1)?.steps === result.step;
      if (isSpent) kept[part] = { ...result, parameters: NONE, velocities: NONE };
      else if (isOver) kept[part] = { ...result, velocities: NONE };
    }
  }
  return kept;
}

const NONE = new Float32Array(0);

/** Whether a result is that of a training, whole or not. */
export function isTrained(result: unknown): result is TrainedSupernet {
  return typeof result === "object" && result !== null && "velocities" in result;
}
