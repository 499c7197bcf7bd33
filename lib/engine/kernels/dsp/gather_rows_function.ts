import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply } from "../../../kernel/values.ts";

/** Which of two rows are missing: bit 0, the first; bit 1, the second. */
export const MISSING = { first: 1, second: 2 } as const;

/**
 * A function that makes pairs of two rows, for four channels.
 *
 * Parameters: the first column of both rows, where its pair goes and where that behind the last one
 * would, which rows are missing (`MISSING`), bytes between columns of the image, and what stands in
 * for missing rows, twice as int16.
 */
export function gatherRowsFunction(
  planeBytes: number,
  { input, pairs }: { readonly input: Region; readonly pairs: Region },
): KernelCode {
  const b = new KernelBuilder();
  const [first, second, to, end, missing, pixelBytes, zeros] = [
    "first",
    "second",
    "to",
    "to_end",
    "missing",
    "pixel_bytes",
    "zeros",
  ].map((name) => b.parameter(name));
  const store = (words: readonly Value[]) =>
    words.forEach((word, plane) => {
      const at = { region: pairs, address: to, offsetBytes: plane * planeBytes };
      b.store("i32.store", { ...at, alignmentBytes: 4 }, word);
    });
  const gather = (mode: number) => {
    const offset = b.let("offset", 0);
    const rows = [first, second].map((row, i) => (mode & 1 << i) === 0 ? b.let("row", row) : null);
    const zero = b.let("zeros", zeros);
    b.goOn(to, { until: end, step: 4, atLeastOnce: true }, () => {
      const words = rows.map((row) =>
        row === null
          ? null
          : b.let("word", b.load("i32.load", { region: input, address: add(row, offset) }))
      );
      b.advance(offset, pixelBytes);
      const halves = (op: "i32.extend_even8_s" | "i32.extend_odd8_s") =>
        words.map((word) => word === null ? zero : b.let("half", apply(op, [word])));
      const pair = (op: "i32.pack_low16" | "i32.pack_high16", [a, c]: readonly Value[]) =>
        b.let("pair", apply(op, [a, c]));
      const [even, odd] = [halves("i32.extend_even8_s"), halves("i32.extend_odd8_s")];
      store([
        pair("i32.pack_low16", even),
        pair("i32.pack_low16", odd),
        pair("i32.pack_high16", even),
        pair("i32.pack_high16", odd),
      ]);
    });
  };
  const fill = () => {
    b.goOn(
      to,
      { until: end, step: 4, atLeastOnce: true },
      () => store([zeros, zeros, zeros, zeros]),
    );
  };
  const otherwise = () =>
    b.if(apply("i32.eq", [missing, MISSING.first]), () => gather(MISSING.first), () => {
      b.if(apply("i32.eq", [missing, MISSING.second]), () => gather(MISSING.second), fill);
    });
  b.if(apply("i32.eqz", [missing]), () => gather(0), otherwise);
  return b.finish("gather_rows");
}
