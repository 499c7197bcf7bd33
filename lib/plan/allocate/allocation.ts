import type { PlacedBuffer } from "./buffer.ts";

/**
 * Buffers with their places, and what is known about how good the places are.
 *
 * @category Allocation
 */
export interface Allocation {
  /** The buffers in the order given, each with its `offsetBytes`. */
  readonly buffers: readonly PlacedBuffer[];
  /** End of the highest buffer: the size of the arena. */
  readonly heightBytes: number;
  /**
   * No allocation of these buffers is lower than this: the largest sum of live sizes, or more where
   * the search has proved more.
   */
  readonly lowerBoundBytes: number;
  /** Whether the height equals the lower bound, which proves that no better allocation exists. */
  readonly optimal: boolean;
  /** Whether the height is within the capacity asked for; true when none was. */
  readonly fits: boolean;
  /** What found these places: the name of a heuristic, or `search`. */
  readonly method: string;
  /** Nodes the exact search visited; 0 when a heuristic sufficed. */
  readonly nodes: number;
  /** Wall-clock time of the call in milliseconds. */
  readonly timeMs: number;
}
