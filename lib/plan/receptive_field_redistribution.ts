import { checkOptions } from "../check_arguments.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import { macs } from "../model/macs.ts";
import {
  redistribute,
  type RedistributeOptions,
  type StagedNetwork,
} from "../model/zoo/redistribute.ts";
import type { Table } from "../npm/arrow.ts";
import { patchStage } from "./patch_stage.ts";

/**
 * Options of {@link redistributionTable}.
 *
 * @category Planner
 */
export interface RedistributionTableOptions extends RedistributeOptions {
  /** Rows and columns of tiles of the patch stage; 4 x 4 when absent. */
  readonly tiles?: readonly [rows: number, columns: number];
}

/**
 * What receptive field redistribution does to the halos of a network's patch stage: one row for the
 * network as published, one for the changed one. `stageMacFactor` is what the stage computes over
 * what it would without halos, `macFactor` the same for the network, `stageBytes` what the stage needs
 * with an external input.
 *
 * @throws {RangeError} {@linkcode TypeError} as `redistribute`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { redistributionTable } from "tinyloom";
 *
 * const [before, after] = redistributionTable("mobilenet_v2").toArray();
 * assert.ok(after.stageMacFactor < before.stageMacFactor);
 * assert.ok(after.macFactor < 1.05 && before.macFactor > 1.08);
 * ```
 *
 * @category Planner
 */
export function redistributionTable(
  name: string,
  options: RedistributionTableOptions = {},
): Table {
  checkOptions(
    "redistributionTable",
    options,
    "tiles move stageStride width resolution classes explicitPadding floatEdges seed",
  );
  const { tiles = [4, 4], ...rest } = options;
  const { before, after } = redistribute(name, rest);
  const row = (network: string, { model, stageOutput, stageField, field }: StagedNetwork) => {
    const stage = patchStage(model, { output: stageOutput, tiles });
    const { stageMacFactor, macFactor, needBytes } = stage;
    return {
      network,
      macs: macs(model),
      stageField,
      field,
      stageMacFactor,
      macFactor,
      stageBytes: needBytes,
    };
  };
  return tableFromRows([row("published", before), row("redistributed", after)], {
    columns: {
      network: "name",
      macs: "float64",
      stageField: "int32",
      field: "int32",
      stageMacFactor: "float64",
      macFactor: "float64",
      stageBytes: "float64",
    },
    metadata: { model: name, tiles },
  });
}
