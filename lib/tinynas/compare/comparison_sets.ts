import { randomStream, shuffled } from "../../measure/random.ts";
import { sharedImages } from "../supernet/team.ts";
import type { LabelledImages } from "../supernet/wake_word_images.ts";
import type { ComparedData, CompareSettings } from "./compare_options.ts";

/** The images of a comparison at a resolution, in memory that threads share; each is made once. */
export interface ComparisonSets {
  readonly train: (resolution: number) => LabelledImages;
  /** Held out of the training images. */
  readonly validation: (resolution: number) => LabelledImages;
  /** The first of these. */
  readonly search: (resolution: number) => LabelledImages;
  /** The first of the training images. */
  readonly calibration: (resolution: number) => LabelledImages;
  readonly test: (resolution: number) => LabelledImages;
}

/**
 * Splits and scales the images. Which of them are held out is the same for all seeds.
 *
 * @throws {RangeError} if there are not more training images than are held out.
 */
export function comparisonSets(
  data: ComparedData,
  { validationImages, searchImages, calibrationImages }: CompareSettings,
): ComparisonSets {
  const count = data.train.labels.length;
  if (count <= validationImages) {
    throw new RangeError(
      `${count} training images, needed more than the ${validationImages} that are held out`,
    );
  }
  const order = shuffled(Array.from({ length: count }, (_, i) => i), randomStream(0, 0));
  const kept = imagesAt(data.train, order.slice(validationImages));
  const heldOut = imagesAt(data.train, order.slice(0, validationImages));
  const [train, validation, test] = [kept, heldOut, data.test].map(scaledOnce);
  const first = (set: typeof train, most: number) => (resolution: number) => {
    const { pixels, labels } = set(resolution);
    const images = Math.min(most, labels.length);
    const size = pixels.length / labels.length;
    return {
      ...set(resolution),
      pixels: pixels.subarray(0, images * size),
      labels: labels.subarray(0, images),
    };
  };
  return {
    train,
    validation,
    test,
    search: first(validation, searchImages),
    calibration: first(train, calibrationImages),
  };
}

/** Some images of a set, in the order of their numbers. */
function imagesAt(images: LabelledImages, numbers: readonly number[]): LabelledImages {
  const { pixels, labels } = images;
  const size = pixels.length / labels.length;
  const chosen = new Uint8Array(numbers.length * size);
  numbers.forEach((from, to) =>
    chosen.set(pixels.subarray(from * size, (from + 1) * size), to * size)
  );
  return { ...images, pixels: chosen, labels: Uint8Array.from(numbers, (at) => labels[at]) };
}

function scaledOnce(images: LabelledImages): (resolution: number) => LabelledImages {
  const known = new Map<number, LabelledImages>();
  return (resolution) => {
    const found = known.get(resolution) ?? sharedImages(scaled(images, resolution));
    known.set(resolution, found);
    return found;
  };
}

/** Bilinear, the middles of the outer pixels on each other's: `(x + 1/2) s - 1/2`, s the ratio of sides. */
function scaled(images: LabelledImages, resolution: number): LabelledImages {
  const { resolution: side, labels } = images;
  if (side === resolution) return images;
  const taps = Array.from({ length: resolution }, (_, x) => {
    const at = Math.min(side - 1, Math.max(0, (x + 0.5) * side / resolution - 0.5));
    const low = Math.floor(at);
    return { low, high: Math.min(side - 1, low + 1), share: at - low };
  });
  const pixels = new Uint8Array(labels.length * resolution ** 2);
  for (let image = 0, to = 0; image < labels.length; image++) {
    const from = images.pixels.subarray(image * side ** 2, (image + 1) * side ** 2);
    for (const row of taps) {
      for (const column of taps) {
        const mixed = (y: number) =>
          (1 - column.share) * from[y * side + column.low] +
          column.share * from[y * side + column.high];
        pixels[to++] = Math.round((1 - row.share) * mixed(row.low) + row.share * mixed(row.high));
      }
    }
  }
  return { ...images, pixels, resolution };
}
