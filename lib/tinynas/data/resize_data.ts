import { checkOptions, checkWhole } from "../../check_arguments.ts";
import { lookedAfter, throwIfStopped } from "../../host.ts";
import { resampled } from "../../engine/io/image_values.ts";
import { inputShape, type SupernetSpace } from "../supernet/supernet_space.ts";
import { checkData, exampleBytes, type LabelledData } from "./labelled_data.ts";

/**
 * Data with examples of another size, as `resizeImage` does it: shrinking averages over the area that a
 * new pixel covers, enlarging is bilinear. Proportions are not kept.
 *
 * @throws {RangeError} if height or width is no positive integer.
 * @throws {DOMException} named `AbortError`, if the host's stop button ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { resizeData } from "tinyloom";
 *
 * const labels = Uint16Array.of(1);
 * const shape = { height: 1, width: 2, channels: 1 };
 * const data = { pixels: Uint8Array.of(0, 100), labels, ...shape, classes: ["a", "b"] };
 * const { pixels } = resizeData(data, { height: 1, width: 4 });
 * assert.deepEqual([...pixels], [0, 25, 75, 100]);
 * ```
 *
 * @category Data
 */
export function resizeData(
  data: LabelledData,
  size: { readonly height: number; readonly width: number },
): LabelledData {
  checkOptions("resizeData", size, "height width");
  const { height, width } = size;
  checkWhole({ height, width });
  checkData(data);
  if (data.height === height && data.width === width) return data;
  return lookedAfter(null, () => resized(data, size));
}

function resized(
  data: LabelledData,
  { height, width }: { readonly height: number; readonly width: number },
): LabelledData {
  const { channels } = data;
  const [from, to] = [exampleBytes(data), height * width * channels];
  const pixels = new Uint8Array(data.labels.length * to);
  for (let i = 0; i < data.labels.length; i++) {
    throwIfStopped();
    const floats = Float32Array.from(data.pixels.subarray(i * from, (i + 1) * from));
    const rows = { outer: data.height, from: data.width, to: width, inner: channels };
    const columns = { outer: 1, from: data.height, to: height, inner: width * channels };
    const values = resampled(resampled(floats, rows), columns);
    for (let j = 0; j < to; j++) pixels[i * to + j] = Math.min(255, Math.round(values[j]));
  }
  return { ...data, pixels, height, width };
}

/**
 * Data at each resolution of a space, as `trainSupernet` and `supernetFitness` take them.
 *
 * @throws {RangeError} if they are no data.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { dataSets, smallSupernetSpace, trainSupernet, wakeWordImages } from "tinyloom";
 *
 * const data = wakeWordImages({ seed: 1, count: 16, resolution: 64 });
 * const sets = dataSets(data, smallSupernetSpace);
 * assert.deepEqual(sets.map(({ height }) => height), [32, 40, 48]);
 * await trainSupernet({ sets, steps: 1, batch: 8 });
 * ```
 *
 * @category Data
 */
export function dataSets(data: LabelledData, space: SupernetSpace): readonly LabelledData[] {
  return space.resolutions.map((resolution) => {
    const { height, width } = inputShape(space, resolution);
    return resizeData(data, { height, width });
  });
}
