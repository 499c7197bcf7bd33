import type { Table } from "../npm/arrow.ts";
import { tableToJson } from "../measure/table_to_json.ts";
import { tableMetadata } from "../measure/table_to_rows.ts";

/** The object that `--json` prints of a timing record. */
export function timingJson(table: Table): unknown {
  return {
    schemaVersion: 1,
    environment: tableMetadata(table),
    rows: tableToJson(table).map(({ kernel, gmacPerS, ...row }) => ({
      variant: kernel,
      ...row,
      gflops: 2 * (gmacPerS as number),
    })),
  };
}
