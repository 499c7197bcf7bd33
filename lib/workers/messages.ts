/** Times that a task may fail before its error is the answer. */
export const MOST_TRIES = 3;
/** Times that a task may be handed out; workers that died or fell silent had it before. */
export const MOST_DELIVERIES = 5;

/** Headers of a message of tasks: times that they failed, and whether nothing may run beside them. */
export const TRIES = "Tinyloom-Tries";
export const MEASURES = "Tinyloom-Measures";

/** What a worker says of tasks. */
export type Answer =
  | { readonly results: readonly unknown[] }
  /** The task of the message that failed, from 0. */
  | { readonly failed: number; readonly error: string; readonly worker: string };

/** What whoever has tasks asks all workers. */
export interface Hello {
  readonly version: string;
}

/** What they say. */
export interface Welcome {
  readonly worker: string;
  readonly version: string;
}

/** A version as a word of a subject. */
export function wordOf(version: string): string {
  return version.replace(/[^A-Za-z0-9]/g, "_");
}
