// Tasks of kinds of a user's own, as `tinyloom worker --tasks` takes them.

/** Squares a number, after a while. */
export interface SquareTask {
  readonly kind: "square";
  readonly value: number;
  readonly waitMs: number;
  /** A file that gets a line when the task begins, and one when it is done. */
  readonly log?: string;
}

export const taskKinds = {
  square: async ({ value, waitMs, log }: SquareTask) => {
    await append(log, `begins ${value}\n`);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    await append(log, `done ${value}\n`);
    return value * value;
  },
  poison: async ({ log }: { readonly log: string }) => {
    await append(log, "tried\n");
    throw new RangeError("this one never works");
  },
  sum: ({ values }: { readonly values: Float32Array }) => ({
    sum: values.reduce((a, b) => a + b, 0),
    doubled: values.map((value) => 2 * value),
  }),
};

async function append(log: string | undefined, line: string): Promise<void> {
  if (log !== undefined) await Deno.writeTextFile(log, line, { append: true });
}
