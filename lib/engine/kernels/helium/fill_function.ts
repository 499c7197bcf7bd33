import type { KernelCode, Region } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply } from "../../../kernel/values.ts";

/**
 * A function that fills so many bytes, a multiple of 8, with a word.
 *
 * Parameters: where they begin, the word.
 */
export function fillFunction(sizeBytes: number, region: Region): KernelCode {
  const b = new KernelBuilder();
  const [to, word] = ["to", "word"].map((name) => b.parameter(name));
  const value = b.let("value", apply("i32x4.splat", [word]));
  const turnBytes = 64;
  const store = () => {
    b.store("v128.store", { region, address: to }, value);
    b.advance(to, 16);
  };
  const turns = sizeBytes > 2 * turnBytes ? Math.floor(sizeBytes / turnBytes) : 0;
  b.for("turn", { from: turns, until: 0, step: -1, atLeastOnce: true }, () => {
    for (let i = 0; i < turnBytes; i += 16) store();
  });
  const rest = sizeBytes - turns * turnBytes;
  for (let i = 0; i + 16 <= rest; i += 16) store();
  if (rest % 16 > 0) {
    b.store("i32.store", { region, address: to }, word);
    b.store("i32.store", { region, address: to, offsetBytes: 4 }, word);
  }
  return b.finish("fill");
}
