import { matmulVariantNames, matmulVariants, measureBroadcast, type Nest } from "tinyloom";

/** One size of the experiment and its variants, `naive` first. */
export interface BenchCase {
  readonly size: number;
  readonly variants: Readonly<Record<string, Nest>>;
}

// From here on the variants without vectors take long, and say nothing new.
const largeSize = 512;
const broadcast = measureBroadcast();

/** The variants that `deno task bench` times. */
export const benchCases: readonly BenchCase[] = [64, 256, 512].map((size) => {
  const all = matmulVariants({ m: size, k: size, n: size, threads: 1, broadcast });
  const names = matmulVariantNames.filter((name) => name !== "threads");
  const chosen = size < largeSize ? names : (["naive", "reorder", "simd", "best"] as const);
  return { size, variants: Object.fromEntries(chosen.map((name) => [name, all[name]])) };
});
