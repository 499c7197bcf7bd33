import { assertEquals } from "@std/assert";
import { createTrainingMemory, floatsAt } from "../../lib/tinynas/supernet/training_memory.ts";
import { wakeWordImages } from "../../lib/tinynas/supernet/wake_word_images.ts";
import {
  loadPatches,
  patchScratchFloats,
  pixelsAsFloats,
} from "../../lib/tinynas/supernet/workspace.ts";

for (const resolution of [16, 21]) {
  Deno.test(`patches of images of ${resolution} pixels are the stem's windows, mirrored or not`, () => {
    const images = wakeWordImages({ seed: 4, count: 3, resolution });
    const side = Math.ceil(resolution / 2);
    const before = resolution % 2;
    const [indices, mirrored] = [[2, 0, 2], [false, true, true]];
    const count = indices.length * side ** 2 * 12;
    const memory = createTrainingMemory(count + patchScratchFloats(resolution) + 100);
    const scratch = memory.allocate(patchScratchFloats(resolution));
    const patches = memory.allocate(count);
    const behind = memory.allocate(16);
    loadPatches({ memory, patches, scratch }, { images, indices, mirrored });
    const expected = indices.flatMap((index, i) => {
      const pixels = pixelsAsFloats(images, index);
      const pixelAt = (y: number, x: number) =>
        x < 0 || y < 0 || x >= resolution || y >= resolution
          ? 0
          : pixels[y * resolution + (mirrored[i] ? resolution - 1 - x : x)];
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
