// Every solution is right, and answers that miss the point are not, each for its own reason.
import {
  bestMatmul,
  depthwiseDelay,
  matmul,
  multiplyByQuantizedMultiplier,
  type Plan,
  planMemory,
  registerBlock,
  type Step,
  vectorize,
} from "tinyloom";
import {
  heldBack,
  networkFor20Kilobytes,
  pixelsHeldBack,
  planThatLies,
  requantize,
  spoiledModel,
  trustingValidator,
  type Verdict,
} from "../../notebooks/exercises.ts";
import { scheduleThatBeatsBest, tileForTheCache } from "../../notebooks/loop_exercises.ts";
import { solution as network } from "../../examples/solutions/network_for_20_kilobytes.ts";
import { solution as pixels } from "../../examples/solutions/pixels_held_back.ts";
import { solution as lie } from "../../examples/solutions/plan_that_lies.ts";
import { solution as rounding } from "../../examples/solutions/requantize.ts";
import { size, solution as schedule } from "../../examples/solutions/schedule_that_beats_best.ts";
import { solution as tile } from "../../examples/solutions/tile_for_the_cache.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";

function assertRight({ right, because }: Verdict): void {
  assert(right, because);
}

function assertWrong({ right, because }: Verdict, text: string): void {
  assert(!right, `taken as right: ${because}`);
  assertStringIncludes(because, text);
}

Deno.test("1: a network that fits is right; too large, too bad, shrunk or unknown ones are not", () => {
  assertRight(networkFor20Kilobytes(network));
  const { model } = network;
  assertWrong(networkFor20Kilobytes({ model }), "28,679 B too many");
  assertWrong(networkFor20Kilobytes({ ...network, model: "mcunet-vww1" }), "1,280 B too many");
  assertWrong(
    networkFor20Kilobytes({ model: "mcunet-vww1", plan: { fusion: "rolling", input: "external" } }),
    "with all inputs",
  );
  assertWrong(networkFor20Kilobytes({ model: "mlperf-tiny-vww" }), "needed at least 87 %");
  assertWrong(networkFor20Kilobytes({ model: "mobilenet_v2" }), "no published accuracy");
  assertWrong(
    networkFor20Kilobytes({ ...network, options: { resolution: 48 } }),
    "leave its size alone",
  );
  assertWrong(networkFor20Kilobytes({ model, plan: { pixels: -1 } }), "RangeError");
});

Deno.test("2: a plan that is believed and destroys data is right; one that is honest, caught or another is not", () => {
  assertRight(planThatLies(lie));
  assertEquals(trustingValidator(lie), []);
  const honest = planMemory(spoiledModel);
  assertEquals(trustingValidator(honest), []);
  assertWrong(planThatLies(honest), "nothing is destroyed");
  const changed = (id: string, change: Partial<Plan["buffers"][number]>): Plan => ({
    ...honest,
    buffers: honest.buffers.map((buffer) => buffer.id === id ? { ...buffer, ...change } : buffer),
  });
  assertWrong(planThatLies(changed("v11", { offsetBytes: 0 })), "share bytes");
  assertWrong(planThatLies(changed("v12", { offsetBytes: honest.peakBytes - 4 })), "outside");
  assertWrong(planThatLies(changed("v1", { sizeBytes: 7999 })), "something else was changed");
  assertWrong(planThatLies({ ...honest, peakBytes: 9000 }), "something else was changed");
});

Deno.test("3: fewer loads, stores and loop tests in 12 registers are right; more of any are not", async () => {
  assertRight(await scheduleThatBeatsBest(schedule, { size }));
  const blocked = (i: number, j: number) =>
    vectorize(registerBlock(matmul(size), { j, i }), "j").steps;
  assertWrong(await scheduleThatBeatsBest(blocked(4, 16), { size }), "16 vectors of sums");
  assertWrong(await scheduleThatBeatsBest(blocked(2, 8), { size }), "best has fewer");
  assertWrong(await scheduleThatBeatsBest(bestMatmul(size).steps, { size }), "or as many");
  assertWrong(await scheduleThatBeatsBest([], { size }), "best has fewer");
  assertWrong(
    await scheduleThatBeatsBest([{ op: "vectorize", axis: "k" }], { size }),
    "Cannot vectorize",
  );
});

Deno.test("4: the engine's rounding is right; rounding once, downwards or towards zero is not", () => {
  assertRight(requantize(rounding));
  assertRight(requantize(multiplyByQuantizedMultiplier));
  const exact = (x: number, { multiplier, shift }: { multiplier: number; shift: number }) =>
    x * multiplier * 2 ** (shift - 31);
  for (const round of [Math.round, Math.floor, Math.trunc]) {
    assertWrong(requantize((x, factor) => round(exact(x, factor))), "fails for");
  }
  // Right for positive sums, which is half of the matter.
  assertWrong(
    requantize((x, factor) => x < 0 ? Math.round(exact(x, factor)) : rounding(x, factor)),
    "a negative one",
  );
});

Deno.test("5: the fewest pixels are right, and are what the planner holds back; all other numbers are not", () => {
  assertRight(pixelsHeldBack(pixels));
  const { height, width, kernel } = heldBack;
  const delay = depthwiseDelay({
    ...{ batches: 1, inputHeight: height, inputWidth: width },
    ...{ outputHeight: height, outputWidth: width, kernelHeight: kernel, kernelWidth: kernel },
    ...{ strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, top: 2, left: 2 },
    ...{ inputPixelBytes: 1, outputPixelBytes: 1, outputElementBytes: 1 },
  });
  assertEquals(pixels, delay);
  for (let i = 0; i < 2 * delay; i++) {
    if (i === delay) continue;
    assertWrong(pixelsHeldBack(i), i < delay ? "overwritten" : "fewer are enough");
  }
  assertWrong(pixelsHeldBack(1.5), "whole number");
});

Deno.test("6: a block of both axes is right; tiles of one axis, and other steps, are not", () => {
  assertRight(tileForTheCache(tile));
  const wrong: readonly (readonly [Step[], string])[] = [
    [[], "misses"],
    [[{ op: "tile", sizes: { j: 32 } }], "misses"],
    [
      [{ op: "tile", sizes: { k: 24 } }, { op: "reorder", order: ["tk", "i", "k", "j"] }],
      "each line 2.27 times",
    ],
    [[{ op: "unroll", axis: "j", factor: 4 }], "only tile and reorder"],
    [[{ op: "tile", sizes: { x: 4 } }], "ScheduleError"],
  ];
  for (const [steps, text] of wrong) assertWrong(tileForTheCache(steps), text);
});
