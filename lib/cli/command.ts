/** One flag of a command. */
export interface Flag {
  readonly kind: "integer" | "number" | "text" | "boolean" | "texts";
  readonly about: string;
  /** What stands after the flag in the help, such as `N` or `FILE`. */
  readonly value?: string;
  readonly default?: number | string;
  /** Smallest value of a number. */
  readonly least?: number;
}

/** Values of the flags that were given or have a default. */
export type FlagValues = Readonly<Record<string, unknown>>;

/** Where a command reads and writes; a test passes its own. */
export interface CommandContext {
  readonly flags: FlagValues;
  /** Arguments that are no flags. */
  readonly operands: readonly string[];
  /** Results. */
  readonly print: (text: string) => void;
  /** Context and warnings. */
  readonly note: (text: string) => void;
  /** A line that replaces the one before it; does nothing unless a person watches. */
  readonly progress: (text: string) => void;
  /** Makes a path of the caller's absolute. */
  readonly resolve: (path: string) => string;
  /** Fires when the user interrupts. */
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string>>;
}

/** A command of the `tinyloom` program. */
export interface Command {
  readonly name: string;
  /** What its help tells beyond the line in the list of commands. */
  readonly details?: string;
  /** What may follow the name, such as `A.arrow B.arrow`. */
  readonly operands: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly examples: readonly string[];
  /** Returns the exit code: 0 ok, 1 a negative answer. */
  readonly run: (context: CommandContext) => Promise<number>;
}
