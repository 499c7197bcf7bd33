// Random small models with kernels for Helium on a Cortex-M55 in QEMU.
import { convLayers, depthwiseLayers } from "../engine/random_layer.ts";
import { fullyConnected, weightTypes } from "../engine/random_windows.ts";
import { assertExactOnBoard, hasTools, layerCases, segmentCases } from "./random_on_board.ts";

Deno.test({
  name: "random models for Helium on a Cortex-M55 compute the reference's results " +
    "(needs ../shared, arm-none-eabi-gcc, qemu-system-arm)",
  ignore: !hasTools,
  fn: () =>
    assertExactOnBoard([
      ...layerCases(convLayers, 30),
      ...layerCases(depthwiseLayers, 30),
      ...layerCases(fullyConnected(weightTypes.int8), 8),
      ...segmentCases(12),
    ], { board: "m55", target: "cortex-m55" }),
});
