import { assertEquals } from "@std/assert";
import { createTrainingMemory, floatsAt } from "../../lib/tinynas/supernet/training_memory.ts";
import {
  loadPatches,
  patchScratchFloats,
  pixelsAsFloats,
} from "../../lib/tinynas/supernet/workspace.ts";

for (
  const [height, width, channels] of [
    [16, 16, 1],
    [21, 21, 1],
    [9, 14, 2],
    [12, 7, 3],
    [5, 6, 4],
    [1, 3, 3],
  ]
) {
  const shape = `${height} x ${width} x ${channels}`;
  Deno.test(`patches of images of ${shape} are the stem's windows, mirrored or not`, () => {
    const size = height * width * channels;
    const pixels = Uint8Array.from({ length: 3 * size }, (_, i) => i * 37 % 256);
    const labels = new Uint16Array(3);
    const images = { pixels, labels, height, width, channels, classes: ["a", "b"] };
    const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
    // SAME puts the odd element of padding behind.
    const [above, before] = [height, width].map((side) =>
      Math.floor(Math.max(0, (Math.ceil(side / 2) - 1) * 2 + 3 - side) / 2)
    );
    const [indices, mirrored] = [[2, 0, 2], [false, true, true]];
    const taps = Math.ceil(9 * channels / 4) * 4;
    const count = indices.length * rows * columns * taps;
    const scratchFloats = patchScratchFloats(images);
    const memory = createTrainingMemory(count + scratchFloats + 100, {
      inputChannels: channels,
    });
    const scratch = memory.allocate(scratchFloats);
    const patches = memory.allocate(count + 4);
    const behind = memory.allocate(16);
    const plain = { down: 0, across: 0, factor: 1, offset: 0, erased: null };
    const variations = mirrored.map((each) => ({ ...plain, mirrored: each }));
    loadPatches({ memory, patches, scratch }, { images, indices, variations });
    const expected = indices.flatMap((index, i) => {
      const values = pixelsAsFloats(images, index);
      const valueAt = (y: number, x: number, c: number) =>
        x < 0 || y < 0 || x >= width || y >= height
          ? 0
          : values[(y * width + (mirrored[i] ? width - 1 - x : x)) * channels + c];
      return Array.from({ length: rows * columns }, (_, p) => {
        const [top, left] = [Math.floor(p / columns) * 2 - above, p % columns * 2 - before];
        return Array.from({ length: taps }, (_, tap) => {
          const [pixel, c] = [Math.floor(tap / channels), tap % channels];
          return tap < 9 * channels ? valueAt(top + Math.floor(pixel / 3), left + pixel % 3, c) : 0;
        });
      }).flat();
    });
    assertEquals([...floatsAt(memory, patches, count)], expected);
    assertEquals([...floatsAt(memory, behind, 16)], new Array(16).fill(0));
  });
}
