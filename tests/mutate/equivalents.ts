import type { Site } from "./sites.ts";

/** A change that nothing can notice. */
export interface Equivalent {
  readonly path: string;
  /** The line as it stands, and with the change in it, without indentation. */
  readonly code: string;
  readonly mutant: string;
  readonly why: string;
}

/** Changes that nothing can notice, each with the reason. */
export const equivalents: readonly Equivalent[] = [
  {
    path: "lib/measure/environment.ts",
    code: "const splat = [0x41, 0, 0xfd, 0x0f];",
    mutant: "const splat = [0x41, 0, 0xfd, 16];",
    why: "16 is i16x8.splat, which every engine has that has i8x16.splat.",
  },
  {
    path: "lib/chart/chart_bars.ts",
    code: "if (kind !== undefined) lengths.set(kind, (lengths.get(kind) ?? 0) + value);",
    mutant: "if (kind !== undefined) lengths.set(kind, (lengths.get(kind) ?? 1) + value);",
    why: "Only the order of sums counts, and all are one larger.",
  },
  {
    path: "lib/workers/envelope.ts",
    code: "const MOST_HELD_BYTES = 2 ** 29;",
    mutant: "const MOST_HELD_BYTES = 2 ** 30;",
    why:
      "How much memory may be held is chosen; that there is a limit is tested with a smaller one.",
  },
  {
    path: "lib/workers/connect_workers.ts",
    code: "let calls = 0;",
    mutant: "let calls = 1;",
    why: "The number tells the calls of a session apart, and none is looked up by it.",
  },
  {
    path: "lib/native/engine_text.ts",
    code: "const call = (name: string) => printed.callOf(name, [constant(0), constant(1), layer]);",
    mutant:
      "const call = (name: string) => printed.callOf(name, [constant(0), constant(2), layer]);",
    why: "How many threads there are is read where they meet, and one thread meets nobody.",
  },
];

/** Whether a change is one that nothing can notice. */
export function isEquivalent({ path, code, mutant }: Site): boolean {
  return equivalents.some((each) =>
    each.path === path && each.code === code && each.mutant === mutant
  );
}
