import type { KernelCode } from "../kernel.ts";
import type { Tally } from "./tally.ts";
import { WalkContext } from "./walk_context.ts";
import type { WalkedCode } from "./walked_code.ts";
import { writeStatements } from "./write_statement.ts";
import { writeValue } from "./write_value.ts";

/**
 * Kernels written out as JavaScript that follows their control flow and nothing else: the body of a
 * function of `$times`, in which it sums up how often each stretch is executed, or of `$touch`, to
 * which it reports accesses, and `$expect`; and of `$view`, a DataView of the memory.
 */
export interface WrittenWalk {
  readonly javascript: string;
  /** What each number of `$times` counts. */
  readonly tallies: readonly Tally[];
  /** Names of regions, by the index with which they are reported. */
  readonly regions: readonly string[];
}

/** @throws {TypeError} for control flow, or traced addresses, that cannot be followed. */
export function writeWalk(code: WalkedCode, mode: "count" | "trace"): WrittenWalk {
  const context = new WalkContext(code, { isTrace: mode === "trace" });
  const functions = code.kernels.flatMap((kernel, i) => writeFunction(context, kernel, `$f${i}`));
  const args = ["1", ...code.args].join(", ");
  return {
    javascript: [...functions, `$f0(${args});`].join("\n"),
    tallies: context.tallies,
    regions: context.regions,
  };
}

function writeFunction(context: WalkContext, kernel: KernelCode, name: string): readonly string[] {
  const parameters = context.open(kernel);
  const stretch = context.stretch("$w", false);
  writeStatements(context, kernel.body, stretch);
  const isWanted = context.wanted.results.has(kernel.name);
  const result = kernel.returns === null
    ? ""
    : writeValue(context, kernel.returns, { isWanted, isData: !isWanted }, stretch);
  const lines = context.close(stretch);
  const variables = context.variables();
  return [
    `function ${name}(${["$w", ...parameters].join(", ")}) {`,
    ...variables.length === 0 ? [] : [`let ${variables.map((each) => `${each} = 0`).join(", ")};`],
    ...lines,
    ...isWanted ? [`return ${result};`] : [],
    "}",
  ];
}
