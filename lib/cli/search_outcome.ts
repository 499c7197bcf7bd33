import type { RatedNetwork } from "../search/candidate.ts";
import type { SpaceRow } from "../search/optimize_space.ts";

/** What `tinyloom search` finds, by either kind of fitness. */
export interface SearchOutcome {
  readonly best: RatedNetwork;
  readonly pareto: readonly RatedNetwork[];
  readonly stage1: readonly SpaceRow[];
  readonly evaluations: number;
  readonly ended: string;
  /** What only a trained network has. */
  readonly more: { readonly accuracy?: Accuracy };
  /** The best as a file. */
  readonly tflite: () => Uint8Array;
}

/** Shares of images classed right that neither training nor search have seen. */
export interface Accuracy {
  /** Before quantization. */
  readonly float32: number;
  /** Behind it, in the planned arena. */
  readonly int8: number;
  /** Images that it was measured on. */
  readonly images: number;
}
