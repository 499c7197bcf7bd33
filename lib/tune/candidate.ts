import type { Step } from "../nest/step.ts";
import type { Genome } from "./genome.ts";

/** What became of a candidate. */
export interface Judgement {
  /** `timed` now, `cached` from a file, `illegal` or `hopeless` by counting. */
  readonly outcome: "timed" | "cached" | "illegal" | "hopeless";
  /** Time of one run; null where it was not found out. */
  readonly minNs: number | null;
  /** Estimated instructions of one run; null where it was not counted. */
  readonly instructions: number | null;
  /** Why it was refused. */
  readonly reason: string | null;
}

/** One schedule that a search tried. */
export interface Candidate extends Judgement {
  readonly index: number;
  readonly generation: number;
  /** How the search came by it; `given` is the nest's own schedule. */
  readonly origin: "given" | "start" | "random" | "mutation" | "crossover";
  readonly steps: readonly Step[];
  /** Null for a schedule that was given. */
  readonly genome: Genome | null;
}

/** A candidate whose time is known. */
export interface TimedCandidate extends Candidate {
  readonly minNs: number;
}

/** Whether a candidate's time is known. */
export function isTimed(candidate: Candidate): candidate is TimedCandidate {
  return candidate.minNs !== null;
}
