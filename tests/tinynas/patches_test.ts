import { assertEquals } from "@std/assert";
import { createTrainingMemory, floatsAt } from "../../lib/tinynas/supernet/training_memory.ts";
import type { ShownImage } from "../../lib/tinynas/supernet/training_recipe.ts";
import { wakeWordImages } from "../../lib/tinynas/supernet/wake_word_images.ts";
import {
  loadPatches,
  patchScratchFloats,
  pixelsAsFloats,
} from "../../lib/tinynas/supernet/workspace.ts";

for (const resolution of [16, 21]) {
  Deno.test(`patches of images of ${resolution} pixels are the stem's windows, mirrored and moved`, () => {
    const images = wakeWordImages({ seed: 4, count: 3, resolution });
    const side = Math.ceil(resolution / 2);
    const before = resolution % 2;
    const shown: ShownImage[] = [
      { index: 2, isMirrored: false, shift: [0, 0] },
      { index: 0, isMirrored: true, shift: [0, 0] },
      { index: 2, isMirrored: true, shift: [3 / resolution, -2 / resolution] },
    ];
    const inside = (at: number) => Math.min(resolution - 1, Math.max(0, at));
    const count = shown.length * side ** 2 * 12;
    const memory = createTrainingMemory(count + patchScratchFloats(resolution) + 100);
    const scratch = memory.allocate(patchScratchFloats(resolution));
    const patches = memory.allocate(count);
    const behind = memory.allocate(16);
    loadPatches({ memory, patches, scratch }, { images, shown });
    const expected = shown.flatMap(({ index, isMirrored, shift }) => {
      const pixels = pixelsAsFloats(images, index);
      const [right, down] = shift.map((share) => Math.round(share * resolution));
      const pixelAt = (y: number, x: number) => {
        if (x < 0 || y < 0 || x >= resolution || y >= resolution) return 0;
        const column = inside((isMirrored ? resolution - 1 - x : x) + right);
        return pixels[inside(y + down) * resolution + column];
      };
      return Array.from({ length: side ** 2 }, (_, p) => {
        const [top, left] = [Math.floor(p / side) * 2 - before, p % side * 2 - before];
        return [
          ...Array.from(
            { length: 9 },
            (_, tap) => pixelAt(top + Math.floor(tap / 3), left + tap % 3),
          ),
          ...[0, 0, 0],
        ];
      }).flat();
    });
    assertEquals([...floatsAt(memory, patches, count)], expected);
    assertEquals([...floatsAt(memory, behind, 16)], new Array(16).fill(0));
  });
}
