import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Model } from "../model/model.ts";
import { fusionOf } from "./fuse/fusion.ts";
import { patchPartOf } from "./fuse/patches.ts";
import { planGraph } from "./graph/simplify_graph.ts";
import { buildProblem } from "./offsets/build_problem.ts";
import { planSettings } from "./plan_options.ts";

/**
 * Options of {@link patchStage}.
 *
 * @category Planner
 */
export interface PatchStageOptions {
  /** Tensor that the stage ends with. */
  readonly output: number;
  /** Rows and columns of tiles. */
  readonly tiles: readonly [rows: number, columns: number];
}

/**
 * What a patch stage costs.
 *
 * @category Planner
 */
export interface PatchStage {
  /** Operators in it. */
  readonly operators: number;
  /** Multiply-accumulates of the stage over those without halos. */
  readonly stageMacFactor: number;
  /** Multiply-accumulates of the model with the stage over those without halos. */
  readonly macFactor: number;
  /** Bytes while the stage runs: its output and what a tile needs; the input is external. */
  readonly needBytes: number;
}

/**
 * What it costs to run a model's first operators tile by tile, halos and image borders taken exactly.
 *
 * @throws {RangeError} if the operators up to there cannot run in tiles, or not in so many.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { patchStage, zoo } from "tinyloom";
 *
 * const model = zoo("mcunet-vww1");
 * const output = model.tensors.findIndex(({ name }) => name === "block1/project");
 * const { stageMacFactor, macFactor } = patchStage(model, { output, tiles: [2, 2] });
 * assert.ok(stageMacFactor > macFactor && macFactor > 1);
 * ```
 *
 * @category Planner
 */
export function patchStage(model: Model, options: PatchStageOptions): PatchStage {
  checkOptions("patchStage", options, "output tiles");
  checkArguments("patchStage", { model });
  const { output, tiles } = options;
  const settings = planSettings({ fusion: "patch", input: "external" });
  const graph = planGraph(model, settings.uses, settings.input);
  const order = { order: graph.steps.map((_, step) => step), peakBytes: 0, optimal: true };
  const fusion = fusionOf(graph, order, buildProblem(graph, order.order, settings));
  const until = 1 +
    graph.steps.findIndex(({ operator }) => model.operators[operator].outputs.includes(output));
  const part = patchPartOf(fusion, { from: 0, until }, tiles);
  if (part === null) {
    throw new RangeError(`t${output} cannot end a stage of ${tiles.join(" x ")} tiles`);
  }
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const stage = sum(fusion.macs.slice(0, until));
  const total = sum(fusion.macs);
  return {
    operators: until,
    stageMacFactor: stage === 0 ? 1 : part.macs / stage,
    macFactor: total === 0 ? 1 : (total - stage + part.macs) / total,
    needBytes: part.needBytes,
  };
}
