import { UNCHANGED, type Variation } from "../data/augment.ts";
import type { LabelledData } from "../data/labelled_data.ts";
import type { KernelLibrary } from "../../native/kernel_library.ts";
import { startThreads } from "../threads.ts";
import { softmaxCrossEntropy, softmaxRows } from "./dense_layers.ts";
import { activeLayers } from "./elastic_layers.ts";
import { answerImages, evaluateSubnetwork } from "./evaluate.ts";
import {
  type ActivationScales,
  identityStatistics,
  roundTo,
  roundWeights,
} from "./fake_quantization.ts";
import { backward, forward } from "./passes.ts";
import { inputShape, type SupernetGenes, type SupernetSpace } from "./supernet_space.ts";
import { trainingLibrary } from "./training_kernels.ts";
import { floatsAt } from "./training_memory.ts";
import { createWorkspace, loadPatches, setParameters, type Workspace } from "./workspace.ts";

/** Float32 values that all threads see. */
export type SharedFloats = Float32Array<SharedArrayBuffer>;

/** What every member of a team works with; its arrays are shared. */
interface TeamSetup {
  readonly kind: "open";
  readonly space: SupernetSpace;
  /** Most images of one pass. */
  readonly batch: number;
  /** All parameters, read anew for every pass of training. */
  readonly parameters: SharedFloats;
  /** Images by number. */
  readonly sets: readonly LabelledData[];
  /** Kernels as native code; those of WebAssembly if left out. */
  readonly library?: KernelLibrary;
}

/** Work for one member: the result depends on nothing else but the setup and its parameters. */
type TeamTask =
  | {
    readonly kind: "train";
    /** Networks, and the number of the set that each sees; the first teaches the others. */
    readonly networks: readonly { readonly genes: SupernetGenes; readonly set: number }[];
    readonly indices: readonly number[];
    readonly variations: readonly Variation[];
    readonly smoothing: number;
    /** How int8 has the results, if they and the weights are to be rounded as there. */
    readonly activations: ActivationScales | null;
    /** Where the sum of the gradients of the networks' mean losses over these images goes. */
    readonly gradient: SharedFloats;
  }
  | {
    readonly kind: "evaluate";
    readonly genes: SupernetGenes;
    /** Numbers of the sets. */
    readonly calibration: number;
    readonly images: number;
  }
  | {
    readonly kind: "answer";
    readonly genes: SupernetGenes;
    readonly calibration: number;
    readonly images: number;
    /** Whether images are turned left to right. */
    readonly mirrored: boolean;
  };

/** What each kind of task gives. */
interface TeamResults {
  /** Mean loss of the networks, and the share of images that they class right. */
  readonly train: { readonly loss: number; readonly accuracy: number };
  /** Share of images classed right. */
  readonly evaluate: number;
  /** Logits of each image. */
  readonly answer: Float32Array;
}

/** Threads with a super-network each. */
export interface Team {
  /** Runs tasks of one kind; results in the order of the tasks, whatever the number of threads. */
  readonly run: <Kind extends TeamTask["kind"]>(
    tasks: readonly Extract<TeamTask, { kind: Kind }>[],
    options?: { readonly signal?: AbortSignal },
  ) => Promise<readonly TeamResults[Kind][]>;
  /** Ends the threads. */
  readonly [Symbol.dispose]: () => void;
}

/**
 * Starts a team; of 1, it is the calling thread alone. Native code is compiled before, once for all.
 *
 * @throws {CompilerError} if `native` is asked for where it cannot be had.
 * @throws {RangeError} if `workers` is not an integer from 1 to 64, or the space cannot be trained.
 */
export async function openTeam(
  setup: Omit<TeamSetup, "kind" | "library">,
  { workers = 1, native = false }: { readonly workers?: number; readonly native?: boolean },
): Promise<Team> {
  const { channels } = inputShape(setup.space, setup.space.resolutions[0]);
  const library = native ? await trainingLibrary(channels) : undefined;
  const here = teamMember();
  const threads = startThreads<TeamSetup | TeamTask, unknown>(workers, {
    script: new URL("./team_worker.ts", import.meta.url),
    here: here.run,
  });
  const dispose = () => {
    threads[Symbol.dispose]();
    here[Symbol.dispose]();
  };
  try {
    await threads.each({ kind: "open", ...setup, library });
  } catch (error) {
    dispose();
    throw error;
  }
  return { ...threads, [Symbol.dispose]: dispose } as Team;
}

/** Room for values that all threads see. */
export function sharedFloats(count: number): SharedFloats {
  return new Float32Array(new SharedArrayBuffer(count * Float32Array.BYTES_PER_ELEMENT));
}

/** Images that all threads see. */
export function sharedImages(images: LabelledData): LabelledData {
  const { pixels, soft } = images;
  if (pixels.buffer instanceof SharedArrayBuffer) return images;
  const shared = new Uint8Array(new SharedArrayBuffer(pixels.length));
  shared.set(pixels);
  const floats = (values: Float32Array) => {
    const shares = sharedFloats(values.length);
    shares.set(values);
    return shares;
  };
  return {
    ...images,
    pixels: shared,
    ...(soft && { soft: { plain: floats(soft.plain), mirrored: floats(soft.mirrored) } }),
  };
}

/** Does the tasks of a team in one thread, with a super-network of its own. */
export function teamMember(): Disposable & {
  readonly run: (task: TeamSetup | TeamTask) => unknown;
} {
  let setup: TeamSetup;
  let workspace: Workspace;
  let unload = () => {};
  const run = (task: TeamSetup | TeamTask) => {
    switch (task.kind) {
      case "open":
        setup = task;
        workspace = createWorkspace(setup.space, setup.batch, setup.library);
        unload = workspace.memory[Symbol.dispose];
        setParameters(workspace, setup.parameters);
        return null;
      case "train":
        setParameters(workspace, setup.parameters);
        return gradientOf(workspace, setup, task);
      case "evaluate":
        return evaluateSubnetwork(workspace, task.genes, {
          calibration: setup.sets[task.calibration],
          images: setup.sets[task.images],
        });
      case "answer":
        return answerImages(workspace, task.genes, {
          calibration: setup.sets[task.calibration],
          images: setup.sets[task.images],
          variation: { ...UNCHANGED, mirrored: task.mirrored },
        });
    }
  };
  // Those of other threads are unloaded with them.
  return { run, [Symbol.dispose]: () => unload() };
}

function gradientOf(
  workspace: Workspace,
  { sets }: TeamSetup,
  task: Extract<TeamTask, { kind: "train" }>,
): TeamResults["train"] {
  const { memory, parameters, parameterCount, gradientBytes } = workspace;
  const { networks, indices, variations, smoothing, activations, gradient } = task;
  const learnt = sets[networks[0].set];
  const labels = indices.map((index) => learnt.labels[index]);
  let soft: ArrayLike<number> | null = softLabels(learnt, task);
  let [losses, right] = [0, 0];
  for (const { genes, set } of networks) {
    const layers = activeLayers(workspace.space, genes);
    const round = activations === null ? undefined : roundTo(workspace, activations);
    if (round) roundWeights(workspace, layers);
    const pass = { layers, batch: indices.length, round };
    loadPatches(workspace, { images: sets[set], indices, variations });
    const known = round ? identityStatistics(layers) : null;
    const { logits, statistics } = forward(workspace, pass, known);
    const { loss, dLogits, correct } = softmaxCrossEntropy(logits, labels, { smoothing, soft });
    backward(workspace, pass, { statistics, dLogits });
    soft ??= softmaxRows(logits, learnt.classes.length);
    losses += loss;
    right += correct;
  }
  const own = floatsAt(memory, parameters + gradientBytes, parameterCount);
  gradient.set(own);
  own.fill(0);
  const count = networks.length;
  return { loss: losses / count, accuracy: right / count / indices.length };
}

/** Soft labels of the images as they are changed; null where there are none. */
function softLabels(
  { soft, classes: { length } }: LabelledData,
  { indices, variations }: Extract<TeamTask, { kind: "train" }>,
): Float32Array | null {
  if (soft === undefined) return null;
  const rows = new Float32Array(indices.length * length);
  indices.forEach((index, i) => {
    const { plain, mirrored } = soft;
    const shares = variations[i].mirrored ? mirrored : plain;
    rows.set(shares.subarray(index * length, (index + 1) * length), i * length);
  });
  return rows;
}
