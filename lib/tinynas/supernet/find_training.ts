import { checkWhole } from "../../check_arguments.ts";
import type { Workers, WorkTask } from "../workers.ts";
import { inputShape } from "./supernet_space.ts";
import { trainSupernet, type TrainSupernetOptions } from "./train_supernet.ts";
import type { SupernetWeights, TrainedSupernet } from "./trained_supernet.ts";
import { trainingLibrary } from "./training_kernels.ts";
import { type TunedNetwork, tuneQuantized, type TuneQuantizedOptions } from "./tune_quantized.ts";

/** Who trains: `trainSupernet` and `tuneQuantized`, here or elsewhere. */
export interface Trainer {
  readonly train: (options: TrainSupernetOptions & Steps) => Promise<TrainedSupernet>;
  readonly quantize: (
    trained: SupernetWeights,
    options: TuneQuantizedOptions & Steps,
  ) => Promise<TunedNetwork>;
}

interface Steps {
  readonly steps: number;
}

/** What is told of a training, and ends it: not for machines, which are told and tell by pieces. */
type Hooks = Pick<TrainSupernetOptions, "signal" | "onProgress" | "onState">;

/** A piece of a training, or all of it: plain data, and the result depends on nothing else. */
export interface TrainTask extends WorkTask {
  readonly kind: "train";
  readonly options: Omit<TrainSupernetOptions, keyof Hooks>;
  /** Step, a multiple of 20, at which the piece ends; the last if left out. */
  readonly until?: number;
}

/** The same of a training as int8 computes. */
export interface QuantizeTask extends WorkTask {
  readonly kind: "quantize";
  readonly trained: SupernetWeights;
  readonly options: Omit<TuneQuantizedOptions, keyof Hooks>;
  readonly until?: number;
}

type Resumed = Pick<TrainSupernetOptions, "resume">;

/** Machines, if there are any, and how much they do at a time. */
interface Elsewhere {
  readonly machines?: Workers;
  /** As many as `trainSupernet` saves after if left out. */
  readonly pieceSteps?: number;
}

/**
 * Trains here, or on whichever of the machines is free, piece after piece: each begins with what the one
 * before has learnt, and whoever does it gets the same bits. A machine that dies loses its piece alone.
 *
 * @throws {RangeError} `pieceSteps` is no multiple of 20.
 */
export function trainerOn({ machines, pieceSteps = 200 }: Elsewhere): Trainer {
  checkWhole({ pieceSteps });
  if (pieceSteps % 20 !== 0) {
    throw new RangeError(`pieceSteps is ${pieceSteps}, needed a multiple of 20`);
  }
  if (machines === undefined) return { train: trainSupernet, quantize: tuneQuantized };
  const there = { machines, pieceSteps };
  return {
    train: async (options) => {
      const { learnt } = await inPieces(options, {
        piece: (plain): TrainTask => ({ kind: "train", options: plain }),
        learntBy: (trained: TrainedSupernet) => trained,
        ...there,
      });
      // Before the first piece there is what a training begins with.
      return learnt ?? await trainSupernet({ ...options, signal: AbortSignal.abort() });
    },
    quantize: async ({ space, parameters }, options) => {
      const trained = { space, parameters };
      const { result, learnt } = await inPieces(options, {
        piece: (plain): QuantizeTask => ({ kind: "quantize", trained, options: plain }),
        learntBy: ({ training }: TunedNetwork) => training,
        ...there,
      });
      if (result !== null) return result;
      const resume = learnt === null ? {} : { resume: learnt };
      return await tuneQuantized(trained, { ...options, ...resume, signal: AbortSignal.abort() });
    },
  };
}

/** One piece after the other, until all steps are done or the signal fires: then the last piece counts. */
async function inPieces<Options extends Hooks & Steps & Resumed, Result>(
  { signal, onProgress, onState, ...plain }: Options,
  { piece, learntBy, machines, pieceSteps }: {
    readonly piece: (options: Omit<Options, keyof Hooks>) => TrainTask | QuantizeTask;
    readonly learntBy: (result: Result) => TrainedSupernet;
    readonly machines: Workers;
    readonly pieceSteps: number;
  },
): Promise<{ readonly result: Result | null; readonly learnt: TrainedSupernet | null }> {
  let result: Result | null = null;
  let learnt = plain.resume ?? null;
  while (learnt?.step !== plain.steps && !signal?.aborted) {
    const rest = piece({ ...plain, ...(learnt !== null && { resume: learnt }) });
    const task = { ...rest, until: (learnt?.step ?? 0) + pieceSteps };
    try {
      [result] = await machines.run<Result>([task], signal && { signal });
    } catch (error) {
      if (signal?.aborted) break;
      throw error;
    }
    const known = learnt?.history.length ?? 0;
    learnt = learntBy(result);
    for (const each of learnt.history.slice(known)) onProgress?.(each);
    await onState?.(learnt);
  }
  return { result, learnt };
}

/** Does a piece of a training. */
export async function trainPiece({ options, until }: TrainTask): Promise<TrainedSupernet> {
  return await trainSupernet({ ...options, ...await here(options.space, options), ...ends(until) });
}

/** Does a piece of a training as int8 computes. */
export async function quantizePiece(
  { trained, options, until }: QuantizeTask,
): Promise<TunedNetwork> {
  const native = await here(trained.space, options);
  return await tuneQuantized(trained, { ...options, ...native, ...ends(until) });
}

function ends(until: number | undefined): Hooks {
  if (until === undefined) return {};
  const pause = new AbortController();
  return {
    signal: pause.signal,
    onProgress: ({ step }) => {
      if (step >= until) pause.abort();
    },
  };
}

/** Whether kernels are native: not where there is no compiler, or no leave to run it. The bits are the same. */
async function here(
  space: SupernetWeights["space"] | undefined,
  { native = false }: { readonly native?: boolean },
): Promise<{ readonly native: boolean }> {
  if (!native) return { native };
  const channels = space && inputShape(space, space.resolutions[0]).channels;
  try {
    await trainingLibrary(channels ?? 1);
    return { native };
  } catch (error) {
    if (!["CompilerError", "NotCapable"].includes((error as Error).name)) throw error;
    return { native: false };
  }
}
