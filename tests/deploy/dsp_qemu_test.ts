// Random small models with kernels for DSP extensions on a Cortex-M4 in QEMU.
import { convLayers, depthwiseLayers } from "../engine/random_layer.ts";
import { tiedLayers } from "../engine/random_ties.ts";
import { additions } from "../engine/random_windows.ts";
import { assertExactOnBoard, hasTools, layerCases, segmentCases } from "./random_on_board.ts";

Deno.test({
  name: "random models for DSP extensions on a Cortex-M4 compute the reference's results " +
    "(needs ../shared, arm-none-eabi-gcc, qemu-system-arm)",
  ignore: !hasTools,
  fn: () =>
    assertExactOnBoard([
      ...layerCases(convLayers, 24),
      ...layerCases(depthwiseLayers, 24),
      ...layerCases(additions, 6),
      ...layerCases(tiedLayers, 24),
      ...segmentCases(12),
    ], { board: "m4", target: "cortex-m4" }),
});
