import { kendallTau } from "../../measure/kendall_tau.ts";
import { mcnemar } from "../../measure/mcnemar.ts";
import { meanInterval } from "../../measure/statistics.ts";
import { tableFromRows } from "../../measure/table_from_rows.ts";
import type { Table } from "../../npm/arrow.ts";
import type { LabelledData } from "../data/labelled_data.ts";
import { chooseNetwork, ratedAtRandom } from "./arm_choice.ts";
import type { DeployedArm } from "./deploy_arm.ts";
import type { CompareSettings, SearchArm } from "./compare_options.ts";
import { jobsOf } from "./comparison_plan.ts";
import { type Job, openDesk, partOf, type PlanContext } from "./desk.ts";
import type { ZeroCostScores } from "./zero_cost.ts";

/** A trained network: what it costs, and how good it is. */
export interface ComparedRow extends Omit<DeployedArm, "tflite"> {
  readonly device: string;
  readonly sramBytes: number;
  readonly arm: SearchArm;
  readonly seed: number;
  readonly resolution: number;
  readonly width: number;
  /** Share of held-out images that it was chosen by; null: it was chosen without. */
  readonly chosenBy: number | null;
  /** Networks whose accuracy was asked for. */
  readonly evaluations: number;
  /** Steps that its weights have learned, in the super-network and alone. */
  readonly steps: number;
  /** Share of the test images that the int8 file classes right. */
  readonly accuracy: number;
  /** Test images that only this network, or only the baseline's of the same seed, classes right. */
  readonly onlyThis: number;
  readonly onlyBaseline: number;
  /** McNemar's test against the baseline. */
  readonly exactP: number;
  readonly midP: number;
}

/** The rows of all jobs, once the test images are answered. */
export function comparisonRows(
  context: PlanContext,
  { labels }: LabelledData,
): readonly ComparedRow[] {
  const { settings, results } = context;
  return jobsOf(settings).flatMap((job) => {
    const rightOf = (arm: SearchArm) =>
      Array.from(
        results[partOf(job, `${arm}/answers`)] as Uint16Array,
        (answer, image) => answer === labels[image],
      );
    const baseline = rightOf(settings.baseline);
    return settings.arms.map((arm): ComparedRow => {
      const { resolution, width, chosenBy, evaluations } = chooseNetwork(
        arm,
        openDesk(job, context),
      )!;
      const right = rightOf(arm);
      const onlyThis = right.filter((is, image) => is && !baseline[image]).length;
      const onlyBaseline = baseline.filter((is, image) => is && !right[image]).length;
      const deployed = results[partOf(job, `${arm}/deployed`)] as DeployedArm;
      const { tflite: _, ...figures } = deployed;
      return {
        device: job.device.name,
        sramBytes: job.device.sramBytes,
        arm,
        seed: job.seed,
        resolution,
        width,
        ...figures,
        chosenBy,
        evaluations,
        steps: settings.steps + settings.tuningSteps,
        accuracy: right.filter((is) => is).length / labels.length,
        onlyThis,
        onlyBaseline,
        ...mcnemar({ onlyFirst: onlyThis, onlySecond: onlyBaseline }),
      };
    });
  });
}

/** The rows as they are. */
export function comparisonTable(rows: readonly ComparedRow[]): Table {
  return tableFromRows(rows, {
    columns: {
      device: "name",
      sramBytes: "int32",
      arm: "name",
      seed: "int32",
      resolution: "int32",
      width: "float64",
      macs: "int32",
      params: "int32",
      peakBytes: "int32",
      flashBytes: "int32",
      latencyMs: "float64",
      chosenBy: "float64",
      evaluations: "int32",
      steps: "int32",
      validationAccuracy: "float64",
      accuracy: "float64",
      onlyThis: "int32",
      onlyBaseline: "int32",
      exactP: "float64",
      midP: "float64",
    },
  });
}

const LEVEL = 0.05;

/**
 * Means over the seeds with Student's 95 % intervals; the difference to the baseline is that of the same
 * seed, and `better` and `worse` count seeds in which McNemar's mid-p is below 0.05.
 */
export function summaryTable(
  rows: readonly ComparedRow[],
  { devices, arms, baseline }: CompareSettings,
): Table {
  const summaries = devices.flatMap((device) =>
    arms.map((arm) => {
      const of = (name: SearchArm) =>
        rows.filter((row) => row.arm === name && row.device === device.name);
      const [own, others] = [of(arm), of(baseline)];
      const accuracy = meanInterval(own.map((row) => row.accuracy));
      const difference = meanInterval(own.map((row, at) => row.accuracy - others[at].accuracy));
      const mean = (value: (row: ComparedRow) => number) => meanInterval(own.map(value)).mean;
      const sure = own.filter(({ midP }) => midP < LEVEL);
      const isBaseline = arm === baseline;
      return {
        device: device.name,
        arm,
        seeds: own.length,
        accuracy: accuracy.mean,
        accuracyLow: accuracy.low,
        accuracyHigh: accuracy.high,
        median: medianOf(own.map((row) => row.accuracy)),
        difference: isBaseline ? null : difference.mean,
        differenceLow: isBaseline ? null : difference.low,
        differenceHigh: isBaseline ? null : difference.high,
        better: isBaseline ? null : sure.filter((row) => row.onlyThis > row.onlyBaseline).length,
        worse: isBaseline ? null : sure.filter((row) => row.onlyThis < row.onlyBaseline).length,
        macs: mean((row) => row.macs),
        peakBytes: mean((row) => row.peakBytes),
        flashBytes: mean((row) => row.flashBytes),
      };
    })
  );
  return tableFromRows(summaries);
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** How a score orders networks, against the accuracy that they have with the super-network's weights. */
export function rankTable(context: PlanContext): Table {
  const isScored = context.settings.arms.includes("random");
  const rows = !isScored ? [] : jobsOf(context.settings).flatMap((job) => ranksOf(job, context));
  return tableFromRows(rows, {
    columns: {
      device: "name",
      seed: "int32",
      score: "name",
      resolution: "int32",
      networks: "int32",
      tau: "float64",
    },
  });
}

function ranksOf(job: Job, context: PlanContext) {
  return ratedAtRandom(openDesk(job, context)).flatMap(({ space: { resolution }, networks }) => {
    const part = partOf(job, `scores/${resolution}`);
    const scores = context.results[part] as readonly ZeroCostScores[];
    const inherited = networks.map(({ fitness }) => fitness);
    return (Object.keys(scores[0]) as (keyof ZeroCostScores)[]).map((score) => ({
      device: job.device.name,
      seed: job.seed,
      score,
      resolution,
      networks: networks.length,
      tau: kendallTau(scores.map((each) => each[score]), inherited),
    }));
  });
}
