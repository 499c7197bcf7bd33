import { form, list, number, oneOf, optional, orNull, record, text, whole } from "../../form.ts";
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

const FLOATS = "float32 in base64";

/** Floats as JSON holds them. */
export function writeFloats(_: string, value: unknown): unknown {
  if (!(value instanceof Float32Array)) return value;
  return { [FLOATS]: new Uint8Array(value.buffer, value.byteOffset, value.byteLength).toBase64() };
}

/** Floats from JSON; what is none is left, for the form to name. */
export function readFloats(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !(FLOATS in value)) return value;
  try {
    return new Float32Array(Uint8Array.fromBase64(String(value[FLOATS])).buffer);
  } catch {
    return value;
  }
}

const numbers = list(number);
const supernetSpace = record({
  width: optional(number),
  resolutions: numbers,
  columns: optional(numbers),
  inputChannels: optional(number),
  stem: number,
  first: orNull(number),
  stages: list(record({
    channels: number,
    stride: number,
    depths: numbers,
    block: optional(oneOf("inverted-residual", "residual")),
  })),
  kernels: numbers,
  expansions: numbers,
  head: orNull(number),
  classes: number,
});
const weights = form((value) => value instanceof Float32Array, `an object of ${FLOATS}`);
// What is no number any more, JSON holds as null.
const figure = orNull(number);

/** The form of a super-network that was read. */
export const trainedForm = record({
  space: supernetSpace,
  seed: number,
  parameters: weights,
  velocities: weights,
  step: whole(0),
  history: list(record({ step: whole(0), steps: whole(0), loss: figure, accuracy: figure })),
  problem: text,
});
