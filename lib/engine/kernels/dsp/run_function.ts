import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { type At, KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply } from "../../../kernel/values.ts";

/**
 * A function that copies a run of so many bytes of some pixels, at any addresses.
 *
 * Parameters: where the first run lies, where it goes, the end of where runs go, bytes between runs
 * there and here.
 */
export function runFunction(
  runBytes: number,
  { input, columns, vectors = false }: {
    readonly input: Region;
    readonly columns: Region;
    /** Whether 16 bytes are copied at once. */
    readonly vectors?: boolean;
  },
): KernelCode {
  const b = new KernelBuilder();
  const [x, to, end, xStep, toStep] = ["x", "to", "to_end", "x_step", "to_step"]
    .map((name) => b.parameter(name));
  b.goOn(to, { until: end, step: 0, atLeastOnce: true }, () => {
    const [from, into] = [b.let("from", x), b.let("into", to)];
    const copy = (bytes: number) =>
      recordByteCopy(b, { input, columns, from, to: into, bytes, vectors });
    // Twice as many are copied without a loop at most.
    const turnBytes = vectors ? 64 : 32;
    const turns = runBytes > 2 * turnBytes ? Math.floor(runBytes / turnBytes) : 0;
    b.for("turn", { from: turns, until: 0, step: -1, atLeastOnce: true }, () => {
      copy(turnBytes);
    });
    copy(runBytes - turns * turnBytes);
    b.advance(x, xStep);
    b.advance(to, toStep);
  });
  return b.finish("run");
}

/** Copies bytes and moves both pointers on behind them. */
export function recordByteCopy(
  b: KernelBuilder,
  { input, columns, from, to, bytes, vectors = false }: {
    readonly input: Region;
    readonly columns: Region;
    readonly from: Value;
    readonly to: Value;
    readonly bytes: number;
    readonly vectors?: boolean;
  },
): void {
  const pieces = [
    ...vectors ? [{ size: 16, load: "v128.load", store: "v128.store" }] as const : [],
    { size: 4, load: "i32.load", store: "i32.store" },
    { size: 2, load: "i32.load16_u", store: "i32.store16" },
    { size: 1, load: "i32.load8_u", store: "i32.store8" },
  ] as const;
  let left = bytes;
  for (const { size, load, store } of pieces) {
    for (; left >= size; left -= size) {
      const [source, target]: At[] = [
        { region: input, address: from },
        { region: columns, address: to },
      ];
      const value = b.let("value", b.load(load, source));
      b.advance(from, size);
      b.store(store, target, value);
      b.advance(to, size);
    }
  }
}

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
