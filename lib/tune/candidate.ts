import type { ColumnKind } from "../measure/table_rows.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import type { Step } from "../nest/nest.ts";
import type { Table } from "../npm/arrow.ts";
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

/**
 * One row of a search's log.
 *
 * @category Tuning
 */
export interface TuneRow {
  /** Place in the sequence of candidates, from 0. */
  readonly index: number;
  /** Rounds of descent before it; 0 is the start. */
  readonly generation: number;
  /** How the search came by it. */
  readonly origin: CandidateOrigin;
  /** What became of it. */
  readonly outcome: CandidateOutcome;
  /** The steps as JSON text. */
  readonly schedule: string;
  /** Least time of one run; null where it was not found out. */
  readonly minNs: number | null;
  /** 10^9 multiply-accumulates a second, from that. */
  readonly gmacPerS: number | null;
  /** Estimated instructions of one run; null where it was not counted. */
  readonly instructions: number | null;
  /** Whether the output was compared and right; null where nothing was run here. */
  readonly verified: boolean | null;
  /** Why it was refused; null otherwise. */
  readonly reason: string | null;
}

/**
 * The log's columns and how they are stored.
 *
 * @category Tuning
 */
export const tuneColumns: Readonly<Record<keyof TuneRow, ColumnKind>> = {
  index: "int32",
  generation: "int32",
  origin: "name",
  outcome: "name",
  schedule: "text",
  minNs: "float64",
  gmacPerS: "float64",
  instructions: "float64",
  verified: "boolean",
  reason: "name",
};

/** The log of a search as a table. */
export function tuneTable(
  candidates: readonly Candidate[],
  { macs, ran, metadata }: {
    readonly macs: number;
    /** Whether candidates were run, not judged otherwise. */
    readonly ran: boolean;
    readonly metadata: Readonly<Record<string, unknown>>;
  },
): Table {
  const rows = candidates.map(({ steps, minNs, genome: _, ...rest }): TuneRow => ({
    ...rest,
    schedule: JSON.stringify(steps),
    minNs,
    gmacPerS: minNs === null ? null : macs / minNs,
    verified: minNs === null || !ran ? null : true,
  }));
  return tableFromRows(rows.map((row) => ({ ...row })), { columns: tuneColumns, metadata });
}
