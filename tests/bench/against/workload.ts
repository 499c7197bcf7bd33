import type { Revision } from "./revision.ts";

/** Elements of one output. */
export type Output = ArrayBufferView & Iterable<number | bigint>;

/** A workload as one revision does it. */
export interface Built {
  /** Outputs of a fresh run: the same every time. */
  readonly outputs: () => readonly Output[];
  /** A short piece of the work. */
  readonly warm: () => void;
  /** The whole work, once. */
  readonly run: () => void;
  readonly [Symbol.dispose]: () => void;
}

/** Names of the groups, in the order in which they are timed. */
export const groupNames = ["create", "matmul", "conv", "models", "layers"] as const;

/** One of {@link groupNames}. */
export type GroupName = typeof groupNames[number];

/** Something that both revisions can do, through what is public of them. */
export interface Workload {
  readonly group: GroupName;
  readonly name: string;
  readonly dtype: string;
  readonly macs: number;
  /** Prepares it. */
  readonly build: (revision: Revision) => Built;
}
