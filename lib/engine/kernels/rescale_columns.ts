import type { Region, Value } from "../../kernel/kernel.ts";
import { loadOf } from "../../kernel/kernel_builder.ts";

/** Where the constants of a group are. */
export interface GroupAt {
  readonly region: Region;
  readonly address: Value;
  readonly offsetBytes: number;
}

/** Columns of int32, one for each channel, as vectors of four channels side by side. */
export function interleave(columns: readonly (readonly number[])[]): Uint8Array {
  const channels = Math.max(...columns.map(({ length }) => length));
  const values = new Int32Array(Math.ceil(channels / 4) * columns.length * 4);
  for (let c = 0; c < channels; c++) {
    columns.forEach((each, i) => {
      values[((c >> 2) * columns.length + i) * 4 + (c & 3)] = each[c];
    });
  }
  return new Uint8Array(values.buffer);
}

/** Column `index` of a group. */
export function load({ region, address, offsetBytes }: GroupAt, index: number): Value {
  return loadOf("v128.load", { region, address, offsetBytes: offsetBytes + 16 * index });
}
