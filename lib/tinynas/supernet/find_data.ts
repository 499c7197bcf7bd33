import { type LabelledData, someExamples } from "../data/labelled_data.ts";
import { dataSets, resizeData } from "../data/resize_data.ts";
import { checkSplits, type DataSplits } from "../data/split_data.ts";
import type { FindSettings } from "./find_options.ts";
import type { SupernetFitnessOptions } from "./supernet_fitness.ts";
import { inputShape, type SupernetGenes, type SupernetSpace } from "./supernet_space.ts";
import type { TrainSupernetOptions } from "./train_supernet.ts";
import { wakeWordImages } from "./wake_word_images.ts";

/** What the stages of `findNetwork` learn, choose by and measure with. */
interface FindData {
  readonly train: (
    space: SupernetSpace,
    seed: number,
  ) => Pick<TrainSupernetOptions, "sets" | "images" | "seed">;
  readonly validation: (
    space: SupernetSpace,
  ) => Pick<SupernetFitnessOptions, "sets" | "calibration" | "images">;
  readonly test: (
    space: SupernetSpace,
    genes: SupernetGenes,
  ) => { readonly test: LabelledData; readonly calibration: LabelledData };
  /** To be told of. */
  readonly splits: (space: SupernetSpace) => DataSplits;
}

/** Images for the statistics of batch normalization while networks are compared. */
const STATISTICS = 128;

/**
 * Data that are given, or images drawn from the seed: other ones for each part.
 *
 * @throws {RangeError} if the spaces do not go with the data.
 */
export function findData(data: DataSplits | undefined, settings: FindSettings): FindData {
  const { channels, classes } = data?.train ?? { channels: 1, classes: ["", ""] };
  if (data !== undefined) checkSplits(data);
  for (const { inputChannels, classes: told } of settings.spaces) {
    if (inputChannels !== channels) {
      throw new RangeError(`a space has images of ${inputChannels} channels, needed ${channels}`);
    }
    if (told !== classes.length) {
      throw new RangeError(`a space has ${told} classes, needed ${classes.length}`);
    }
  }
  return data === undefined ? drawn(settings) : given(data, settings);
}

function drawn(
  { seed, images, validationImages, testImages, calibrationImages }: FindSettings,
): FindData {
  return {
    train: (_, seed) => ({ seed, images }),
    validation: () => ({ images: validationImages }),
    test: (_, { resolution }) => ({
      test: wakeWordImages({ seed: seed + 2000, count: testImages, resolution }),
      calibration: wakeWordImages({ seed: seed + 2001, count: calibrationImages, resolution }),
    }),
    splits: ({ resolutions: [resolution] }) => {
      const part = (seed: number, count: number) => wakeWordImages({ seed, count, resolution });
      return {
        train: part(seed, images),
        validation: part(seed + 1000, validationImages),
        test: part(seed + 2000, testImages),
      };
    },
  };
}

function given(data: DataSplits, { validationImages, calibrationImages }: FindSettings): FindData {
  return {
    train: (space, seed) => ({ seed, sets: dataSets(data.train, space) }),
    validation: (space) => ({
      sets: dataSets(someExamples(data.validation, validationImages), space),
      calibration: dataSets(someExamples(data.train, STATISTICS), space),
    }),
    test: (space, { resolution }) => {
      const { height, width } = inputShape(space, resolution);
      const resized = (examples: LabelledData) => resizeData(examples, { height, width });
      return {
        test: resized(data.test),
        calibration: resized(someExamples(data.train, calibrationImages)),
      };
    },
    splits: () => data,
  };
}
