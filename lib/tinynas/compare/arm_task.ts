import { readModel } from "../../model/read_model.ts";
import { planMemory } from "../../plan/plan_memory.ts";
import type { Genes } from "../architecture.ts";
import type { BuiltInFitness, FitnessOfMany, RatedNetwork } from "../candidate.ts";
import { type MemoryModelName, planOptionsOf } from "../memory_bounds.ts";
import { optimizeSpace, type SpaceRow } from "../optimize_space.ts";
import { searchNetwork } from "../search_network.ts";
import type { SearchNetworkOptions, SearchState } from "../search_options.ts";
import type { SearchSpace } from "../search_space.ts";
import { modelAnswers } from "../supernet/deploy_subnetwork.ts";
import { evaluateSubnetwork, openSupernet } from "../supernet/evaluate.ts";
import { fittingNetworks, spacesOfWidth } from "../supernet/find_network.ts";
import { trainPiece } from "../supernet/find_training.ts";
import {
  fitBaseline,
  type FitBaselineOptions,
  type FittedBaseline,
  mobileNetV2Space,
} from "../supernet/supernet_baselines.ts";
import { supernetGenes, supernetSpace } from "../supernet/supernet_of.ts";
import type { SupernetGenes, SupernetSpace } from "../supernet/supernet_space.ts";
import type { SupernetWeights, TrainedSupernet } from "../supernet/trained_supernet.ts";
import type { TrainSupernetOptions } from "../supernet/train_supernet.ts";
import type { LabelledData } from "../data/labelled_data.ts";
import type { WorkTask } from "../workers.ts";
import type { ComparedDevice } from "./compare_options.ts";
import {
  deployArm,
  type DeployedArm,
  type DeployRequest,
  type WeighedNetwork,
} from "./deploy_arm.ts";
import { type ZeroCostScores, zeroCostScores } from "./zero_cost.ts";

/** What a searched network may cost, and how its memory is planned. */
export interface Limits {
  readonly memory: MemoryModelName;
  readonly mostMacs?: number;
  readonly mostLatencyMs?: number;
}

/** A piece of a comparison: plain data, and the result depends on nothing else. */
export type ArmTask =
  | {
    readonly kind: "spaces";
    readonly device: ComparedDevice;
    readonly seed: number;
    readonly limits: Limits;
    readonly spaces: readonly SearchSpace[];
    readonly sizes: {
      readonly samples: number;
      readonly leastShare: number;
      readonly resolutions: number;
      readonly networks: number;
    };
  }
  | {
    readonly kind: "train";
    readonly training: Omit<TrainSupernetOptions, "onState" | "onProgress" | "signal">;
    /** Step, a multiple of 20, at which the piece ends. */
    readonly until: number;
  }
  | {
    readonly kind: "search";
    readonly space: SearchSpace;
    readonly device: ComparedDevice;
    readonly options: Omit<SearchNetworkOptions, "fitness" | "onGeneration" | "signal">;
    readonly fitness: BuiltInFitness | InheritedAccuracy;
  }
  | {
    readonly kind: "scores";
    readonly space: SearchSpace;
    readonly networks: readonly Genes[];
    readonly images: LabelledData;
    readonly seed: number;
  }
  | {
    readonly kind: "fit";
    readonly device: ComparedDevice;
    readonly options: FitBaselineOptions;
  }
  | ({ readonly kind: "judge"; readonly images: LabelledData } & WeighedNetwork)
  | ({ readonly kind: "deploy" } & DeployRequest)
  | {
    readonly kind: "answer";
    readonly tflite: Uint8Array;
    readonly memory: MemoryModelName;
    readonly images: LabelledData;
  };

/** Accuracy with a super-network's weights. */
export interface InheritedAccuracy {
  readonly name: string;
  readonly weights: SupernetWeights;
  readonly calibration: LabelledData;
  readonly images: LabelledData;
}

/** What each kind of task gives. */
export interface TaskResults {
  readonly spaces: FoundSpaces;
  readonly train: TrainedSupernet;
  readonly search: { readonly best: RatedNetwork; readonly state: SearchState };
  readonly scores: readonly ZeroCostScores[];
  readonly fit: readonly FittedBaseline[];
  /** Share of images classed right. */
  readonly judge: number;
  readonly deploy: DeployedArm;
  /** The class that each image was given. */
  readonly answer: Uint16Array;
}

/** What any task gives. */
export type TaskResult = TaskResults[ArmTask["kind"]];

/** What stage 1 leaves for a super-network. */
export interface FoundSpaces {
  readonly stage1: readonly SpaceRow[];
  /** Of one width, at the resolutions with the most multiply-accumulates. */
  readonly spaces: readonly SearchSpace[];
  readonly supernet: SupernetSpace;
  /** Networks that fit, from the least to the most. */
  readonly among: readonly SupernetGenes[];
}

/** A task as threads and machines are given it. */
export interface ArmWork extends WorkTask {
  readonly kind: "arm";
  readonly task: ArmTask;
  /** Whether trainings are native: whoever does them gets the same result without. */
  readonly native?: boolean;
}

/** Does the work, in this thread alone. */
export async function runArmWork({ task, native }: ArmWork): Promise<TaskResult> {
  switch (task.kind) {
    case "spaces":
      return await findSpaces(task);
    case "train":
      return await trainPiece({
        kind: "train",
        options: { ...task.training, native },
        until: task.until,
      });
    case "search": {
      const { space, device, options, fitness } = task;
      const rated = typeof fitness === "string" ? fitness : inheritedFitness(space, fitness);
      const { best, state } = await searchNetwork(space, device, { ...options, fitness: rated });
      return { best, state };
    }
    case "scores": {
      const { seed, kind: _, ...asked } = task;
      return zeroCostScores(asked, { seed });
    }
    case "fit": {
      const { device, options } = task;
      return fitBaseline(mobileNetV2Space, device, options);
    }
    case "judge": {
      const { weights, genes, calibration, images } = task;
      return evaluateSubnetwork(openSupernet(weights, BATCH), genes, { calibration, images });
    }
    case "deploy":
      return deployArm(task);
    case "answer": {
      const model = readModel(task.tflite);
      const plan = planMemory(model, planOptionsOf(task.memory));
      return modelAnswers(model, task.images, { plan });
    }
  }
}

const BATCH = 32;

type TaskOf<Kind extends ArmTask["kind"]> = Extract<ArmTask, { kind: Kind }>;

/** Stage 1, and the networks that a super-network is trained on. */
async function findSpaces(
  { device, seed, limits, spaces, sizes }: TaskOf<"spaces">,
): Promise<FoundSpaces> {
  const { samples, leastShare, resolutions, networks } = sizes;
  const common = { ...limits, seed, workers: 1 };
  const { best: chosen, rows } = await optimizeSpace(spaces, device, {
    ...common,
    samples,
    leastShare,
  });
  const found = spacesOfWidth({ spaces, resolutions, samples, leastShare }, { chosen, rows });
  const ascending = found.toSorted((a, b) => a.resolution - b.resolution);
  const supernet = supernetSpace(chosen, {
    resolutions: ascending.map(({ resolution }) => resolution),
    columns: ascending.map(({ resolution, columns = resolution }) => columns),
  });
  const settings = { networks };
  const among = await fittingNetworks(found, { device, settings, space: supernet, common });
  return { stage1: rows, spaces: found, supernet, among };
}

function inheritedFitness(
  { width }: SearchSpace,
  { name, weights, calibration, images }: InheritedAccuracy,
): FitnessOfMany {
  const workspace = openSupernet(weights, BATCH);
  return {
    name,
    rate: (networks) =>
      Promise.resolve(networks.map(({ genes, resolution }) =>
        evaluateSubnetwork(
          workspace,
          supernetGenes(weights.space, { genes, resolution, width }),
          { calibration, images },
        )
      )),
  };
}
