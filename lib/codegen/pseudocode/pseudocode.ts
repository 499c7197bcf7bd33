import { checkArguments } from "../../check_arguments.ts";
import { printAffine } from "../../nest/affine.ts";
import type { Nest } from "../../nest/nest.ts";
import {
  type Computation,
  isPipeline,
  type Pipeline,
  type PipelineBuffer,
  type PipelineNode,
  type Stage,
  weightStages,
} from "../../nest/pipeline.ts";
import { nestLines } from "./print_nest.ts";

/**
 * Prints a nest as lectures do: one line a loop, then the body; a pipeline as its stages, one after
 * the other.
 *
 * `for (j = tj; j < tj + 64; j++)` walks the tile that starts at `tj`; `C[i][j:j+4]` is a vector of
 * four; `c` (`acc` where there is an axis c) stands for elements of the target that stay in registers;
 * `Bp` for the packed copy of B, `Br` for neighbours of B in a register.
 *
 * @throws {ScheduleError} the schedule is not legal.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmul, pseudocode, reorder } from "tinyloom";
 *
 * assert.equal(
 *   pseudocode(reorder(matmul({ m: 4, k: 8, n: 16 }), ["i", "k", "j"])),
 *   `for (i = 0; i < 4; i++)
 *   for (k = 0; k < 8; k++)
 *     for (j = 0; j < 16; j++)
 *       C[i][j] += A[i][k] * B[k][j]
 * `,
 * );
 * ```
 *
 * @category Code generation
 */
export function pseudocode(computation: Computation): string {
  checkArguments("pseudocode", { computation });
  const lines = isPipeline(computation)
    ? pipelineLines(computation, nestLines)
    : nestLines(computation);
  return lines.map((line) => line + "\n").join("");
}

/** Prints one nest; copies of constant tensors before all loops are made ahead of time. */
type PrintNest = (nest: Nest, constants: ReadonlySet<string>) => readonly string[];

/**
 * Lines of a pipeline: its intermediate buffers, what is done ahead of time, then every stage under
 * its title; stages of one title follow each other under it.
 */
function pipelineLines(
  pipeline: Pipeline,
  nestLines: PrintNest,
): readonly string[] {
  const { buffers, stages: ahead } = weightStages(pipeline);
  const printNest = (nest: Nest) => nestLines(nest, buffers);
  const isAhead = (stage: Stage) => ahead.has(stage);
  const run = nodeLines(pipeline.nodes, (stage) => !isAhead(stage), printNest);
  const before = nodeLines(pipeline.nodes, isAhead, printNest);
  return [
    ...pipeline.buffers.filter(({ role, sharesWith }) => role === "scratch" || sharesWith)
      .map((buffer) => describe(buffer, buffers.has(buffer.name))),
    ...(before.length > 0 ? ["// ahead of time", ...before, "// every time"] : []),
    ...run,
  ];
}

function describe({ name, dtype, shape, sharesWith }: PipelineBuffer, prepared: boolean): string {
  const size = `// ${name}: ${shape.join(" x ")}, ${dtype}`;
  if (sharesWith !== undefined) return `${size}, in the memory of ${sharesWith}`;
  return prepared ? `${size}, prepared from weights` : size;
}

function nodeLines(
  nodes: readonly PipelineNode[],
  wanted: (stage: Stage) => boolean,
  printNest: (nest: Nest) => readonly string[],
): string[] {
  let title = "";
  return nodes.flatMap((node): string[] => {
    if (node.kind === "repeat") {
      const body = nodeLines(node.body, wanted, printNest);
      title = "";
      if (body.length === 0) return [];
      const header = `for (${node.axis} = 0; ${node.axis} < ${node.extent}; ${node.axis}++)`;
      return [header, ...body.map((line) => `  ${line}`)];
    }
    if (!wanted(node)) return [];
    const heading = titleOf(node);
    const lines = heading === title ? [] : [`// ${heading}`];
    title = heading;
    return [...lines, ...printNest(node.nest)];
  });
}

function titleOf({ title, offsets }: Stage): string {
  const places = Object.entries(offsets)
    .map(([tensor, offset]) => [tensor, printAffine(offset)])
    .filter(([, place]) => place !== "0")
    .map(([tensor, place]) => `${tensor} from element ${place}`);
  return places.length === 0 ? title : `${title}: ${places.join(", ")}`;
}
