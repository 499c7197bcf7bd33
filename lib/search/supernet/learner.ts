import { initializeParameters } from "./initial_parameters.ts";
import type { SupernetSpace } from "./supernet_space.ts";
import { type SharedFloats, sharedFloats } from "./team.ts";
import { floatsAt } from "./training_memory.ts";
import { createWorkspace, setParameters } from "./workspace.ts";

const MOMENTUM = 0.9;
const DECAY = 1e-4;

/** The parameters of a training, and gradient descent on them. */
export interface Learner {
  /** As all threads see them; `descend` changes them. */
  readonly parameters: SharedFloats;
  /** One step along the sum of gradients, each times its share. */
  readonly descend: (
    parts: readonly { readonly gradient: SharedFloats; readonly share: number }[],
    rate: number,
  ) => void;
  /** Copies of parameters and velocities. */
  readonly learnt: () => {
    readonly parameters: Float32Array<ArrayBuffer>;
    readonly velocities: Float32Array<ArrayBuffer>;
  };
}

/**
 * Parameters drawn from the seed, or given, and velocities that are 0 unless given.
 *
 * @throws {RangeError} if the space cannot be trained, or the parameters are of another one.
 */
export function startLearner(
  space: SupernetSpace,
  { seed, parameters, velocities }: {
    readonly seed: number;
    readonly parameters?: Float32Array;
    readonly velocities?: Float32Array;
  },
): Learner {
  const workspace = createWorkspace(space, 1);
  if (parameters === undefined) initializeParameters(workspace, seed);
  else setParameters(workspace, parameters);
  const { memory, parameterCount } = workspace;
  const places = [
    workspace.parameters,
    workspace.parameters + workspace.gradientBytes,
    workspace.velocities,
  ] as const;
  const [own, sum, speed] = places.map((address) => floatsAt(memory, address, parameterCount));
  if (velocities !== undefined) speed.set(velocities);
  const shared = sharedFloats(parameterCount);
  shared.set(own);
  return {
    parameters: shared,
    descend: (parts, rate) => {
      for (const { gradient, share } of parts) {
        for (let i = 0; i < parameterCount; i++) sum[i] += share * gradient[i];
      }
      memory.kernels.descend(...places, parameterCount * 4, rate, MOMENTUM, DECAY);
      shared.set(own);
    },
    learnt: () => ({ parameters: own.slice(), velocities: speed.slice() }),
  };
}
