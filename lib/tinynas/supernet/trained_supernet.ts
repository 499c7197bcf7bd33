import type { SupernetSpace } from "./supernet_space.ts";

/**
 * How far training has got.
 *
 * @category Super-networks
 */
export interface TrainProgress {
  /** Steps done. */
  readonly step: number;
  /** Steps to do. */
  readonly steps: number;
  /** Mean loss of the steps since the report before. */
  readonly loss: number;
  /** Share of their images that were classed right. */
  readonly accuracy: number;
}

/**
 * The weights of a super-network.
 *
 * @category Super-networks
 */
export type SupernetWeights = Pick<TrainedSupernet, "space" | "parameters">;

/**
 * A super-network as far as it is trained. Plain data: it can be saved, and sent to workers.
 *
 * @category Super-networks
 */
export interface TrainedSupernet {
  /** Which sub-networks it holds. */
  readonly space: SupernetSpace;
  /** Seed of its training. */
  readonly seed: number;
  /** Weights, in the order of the workspace's layers. */
  readonly parameters: Float32Array<ArrayBuffer>;
  /** Velocities of gradient descent, in the same order. */
  readonly velocities: Float32Array<ArrayBuffer>;
  /** Steps done. */
  readonly step: number;
  /** Loss and accuracy in the course of training. */
  readonly history: readonly TrainProgress[];
  /** Space, seed and sizes of the training, as JSON: only the same training goes on. */
  readonly problem: string;
}
