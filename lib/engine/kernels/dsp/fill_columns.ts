import type { Region } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";

/** Fills the pairs of columns beside the image, of four channels, with zero points. */
export function fillColumns(
  b: KernelBuilder,
  { pairs, planeBytes, zeros, from, until }: {
    readonly pairs: Region;
    readonly planeBytes: number;
    readonly zeros: number;
    readonly from: number;
    readonly until: number;
  },
): void {
  for (let column = from; column < until; column++) {
    for (let plane = 0; plane < 4; plane++) {
      for (const behind of [0, 4]) {
        const offsetBytes = plane * planeBytes + 8 * column + behind;
        b.store("i32.store", { region: pairs, address: start(pairs), offsetBytes }, zeros);
      }
    }
  }
}
