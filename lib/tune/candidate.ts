import type { Step } from "../nest/step.ts";
import type { Genome } from "./genome.ts";

/**
 * Whether a candidate was `timed`, `cached` in a file, or refused: `illegal`, or by counting `hopeless`.
 *
 * @category Tuning
 */
export type CandidateOutcome = "timed" | "cached" | "illegal" | "hopeless";

/**
 * How a search came by a candidate; `given` is the nest's own schedule, `start` a known good one.
 *
 * @category Tuning
 */
export type CandidateOrigin = "given" | "start" | "random" | "mutation" | "crossover";

/** What became of a candidate. */
export interface Judgement {
  readonly outcome: CandidateOutcome;
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
  readonly origin: CandidateOrigin;
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
