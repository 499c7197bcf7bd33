import { assert, assertEquals } from "../assert.ts";
import * as fc from "fast-check";
import { depthwiseDelay, elementwiseDistance, overlapDistance, type SlidingWindow } from "tinyloom";
import { arbitraryWindow } from "./arbitrary_window.ts";
import {
  convolutionSurvives,
  depthwiseSurvives,
  inputSize,
  pixelCount,
} from "./simulated_loops.ts";

const square: SlidingWindow = {
  batches: 1,
  inputHeight: 10,
  inputWidth: 10,
  outputHeight: 10,
  outputWidth: 10,
  kernelHeight: 3,
  kernelWidth: 3,
  strideH: 1,
  strideW: 1,
  dilationH: 1,
  dilationW: 1,
  top: 1,
  left: 1,
  inputPixelBytes: 8,
  outputPixelBytes: 8,
  outputElementBytes: 1,
};

Deno.test("the published closed forms, less what is left of a pixel when its last byte is stored", () => {
  const pointwise = { ...square, kernelHeight: 1, kernelWidth: 1, top: 0, left: 0 };
  const { forwardBytes } = overlapDistance(square);
  assertEquals(forwardBytes, -(10 + 1) * 8 - 8 + 1, "3x3 SAME: p rows and p pixels");
  assertEquals(overlapDistance(pointwise).forwardBytes, -8 + 1);
  const expanding = { ...pointwise, outputPixelBytes: 48 };
  assertEquals(overlapDistance(expanding).forwardBytes, -(48 - 8) * 99 - 48 + 1);
  assertEquals(elementwiseDistance({ count: 9, inputBytes: 4, outputBytes: 1 }), {
    forwardBytes: 3,
    reverseBytes: 24,
  });
});

Deno.test("no overlap distance lets a loop read what it has overwritten", () => {
  fc.assert(
    fc.property(arbitraryWindow(), (window) => {
      const { forwardBytes, reverseBytes } = overlapDistance(window);
      assert(
        convolutionSurvives(window, { direction: "forward", distance: forwardBytes, pixels: 1 }),
      );
      assert(
        convolutionSurvives(window, { direction: "reverse", distance: reverseBytes, pixels: 1 }),
      );
    }),
    { seed: 1, numRuns: 758 },
  );
});

Deno.test("without dilation and useless padding the next distance is too close", () => {
  let checked = 0;
  fc.assert(
    fc.property(arbitraryWindow(), fc.constantFrom("forward", "reverse"), (drawn, direction) => {
      const window = { ...drawn, dilationH: 1, dilationW: 1 };
      const { kernelHeight, kernelWidth, outputPixelBytes } = window;
      const rows = (window.outputHeight - 1) * window.strideH - window.top;
      const columns = (window.outputWidth - 1) * window.strideW - window.left;
      fc.pre(window.top < kernelHeight && window.left < kernelWidth);
      fc.pre(rows < window.inputHeight && columns < window.inputWidth);
      const { forwardBytes, reverseBytes } = overlapDistance(window);
      const isForward = direction === "forward";
      const distance = isForward ? forwardBytes + 1 : reverseBytes - 1;
      // From there on the output lies within the input, and closer is no gain.
      const apart = inputSize(window) - pixelCount(window) * outputPixelBytes;
      fc.pre(isForward ? distance <= 0 : distance >= Math.max(0, apart));
      assert(!convolutionSurvives(window, { direction, distance, pixels: 1 }));
      checked++;
    }),
    { seed: 2, numRuns: 300 },
  );
  assert(checked >= 300);
});

Deno.test("pixels that are computed together survive at their distance", () => {
  fc.assert(
    fc.property(arbitraryWindow(), fc.integer({ min: 2, max: 5 }), (window, pixels) => {
      const { forwardBytes, reverseBytes } = overlapDistance(window, { pixels });
      assert(convolutionSurvives(window, { direction: "forward", distance: forwardBytes, pixels }));
      assert(convolutionSurvives(window, { direction: "reverse", distance: reverseBytes, pixels }));
    }),
    { seed: 3, numRuns: 300 },
  );
});

Deno.test("the delay of a depthwise convolution in place is enough, and one less is not", () => {
  fc.assert(
    fc.property(
      arbitraryWindow({ isDepthwise: true }),
      fc.constantFrom("forward" as const, "reverse" as const),
      fc.integer({ min: 0, max: 3 }),
      (window, direction, shiftPixels) => {
        const delay = depthwiseDelay(window, { shiftPixels, direction });
        const distance = shiftPixels * window.inputPixelBytes;
        assert(depthwiseSurvives(window, { direction, distance, pixels: delay }));
        if (delay === 0) return;
        assert(!depthwiseSurvives(window, { direction, distance, pixels: delay - 1 }));
      },
    ),
    { seed: 4, numRuns: 400 },
  );
});

Deno.test("a ring of a 3x3 depthwise convolution is no larger than TinyEngine's two rows", () => {
  assertEquals(depthwiseDelay(square), 11);
  assertEquals(
    depthwiseDelay({ ...square, strideH: 2, strideW: 2, outputHeight: 5, outputWidth: 5 }),
    0,
  );
});
