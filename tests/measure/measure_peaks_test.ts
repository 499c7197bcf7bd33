import { assertEquals } from "../assert.ts";
import { machinePeakOf, perNanosecond } from "../../lib/measure/measure_peaks.ts";

/** What is found of runs that take so many milliseconds one after the other, the last again and again. */
function found(
  runsMs: readonly number[],
  { perPass = 6, times = 1e6, budgetMs = 0 }: {
    readonly perPass?: number;
    readonly times?: number;
    readonly budgetMs?: number;
  } = {},
): { readonly best: number; readonly calls: readonly number[] } {
  const { now } = performance;
  const calls: number[] = [];
  let clockMs = 100;
  performance.now = () => clockMs;
  try {
    const run = (passes: number) => {
      clockMs += runsMs[Math.min(calls.length, runsMs.length - 1)];
      calls.push(passes);
    };
    return { best: perNanosecond(run, { perPass, times, budgetMs }), calls };
  } finally {
    performance.now = now;
  }
}

Deno.test("the best rate is that of the run that took least", () => {
  assertEquals(found([4, 2, 3]).best, 3);
  assertEquals(found([4, 2, 3], { perPass: 12 }).best, 6);
  assertEquals(found([4, 2, 3], { times: 2e6 }).best, 6);
});

Deno.test("there are fifty runs where time is short, more where there is time, three of long ones", () => {
  assertEquals(found([1], { budgetMs: 10 }).calls, Array(50).fill(1e6));
  assertEquals(found([1], { budgetMs: 60 }).calls.length, 60);
  // Over eleven times the budget.
  assertEquals(found([2], { budgetMs: 1 }).calls.length, 6);
  assertEquals(found([2.75], { budgetMs: 1 }).calls.length, 5);
  assertEquals(found([100], { budgetMs: 1 }).calls.length, 4);
});

Deno.test("a machine's peak is that of the type, of all threads, fused or not", () => {
  const peaks = {
    ...{ fmaGmacPerS: 20, mulAddGmacPerS: 10, dotGmacPerS: 40, relaxedDotGmacPerS: 80 },
    loadGBPerS: { l1: 100, l2: 60, memory: 20 },
  };
  const peakOf = (dtype: string, fma: boolean, threads = 3) =>
    machinePeakOf({ dtype, threads } as never, { peaks, fma });
  assertEquals([peakOf("f32", true), peakOf("f32", false)], [60, 30]);
  assertEquals([peakOf("i8", true), peakOf("i8", false)], [120, 120]);
  assertEquals(peakOf("i16", true), null);
  assertEquals(
    machinePeakOf({ dtype: "f32", threads: 1 } as never, { peaks: undefined, fma: true }),
    null,
  );
});
