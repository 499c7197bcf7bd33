import { type LabelledData, someExamples } from "../data/labelled_data.ts";
import { resizeData } from "../data/resize_data.ts";
import type { DataSplits } from "../data/split_data.ts";
import { columnsAt } from "../supernet/supernet_of.ts";
import { sharedImages } from "../supernet/team.ts";
import type { CompareSettings } from "./compare_options.ts";

/** The examples of a comparison at a resolution, in memory that threads share; each is made once. */
export interface ComparisonSets {
  readonly train: (resolution: number) => LabelledData;
  readonly validation: (resolution: number) => LabelledData;
  /** Some of these, which searches compare networks on. */
  readonly search: (resolution: number) => LabelledData;
  /** Some of the training examples. */
  readonly calibration: (resolution: number) => LabelledData;
  readonly test: (resolution: number) => LabelledData;
}

/** Sets out of the parts of the data. */
export function comparisonSets(
  { train, validation, test }: DataSplits,
  { searchImages, calibrationImages }: CompareSettings,
): ComparisonSets {
  return {
    train: resizedOnce(train),
    validation: resizedOnce(validation),
    search: resizedOnce(someExamples(validation, searchImages)),
    calibration: resizedOnce(someExamples(train, calibrationImages)),
    test: resizedOnce(test),
  };
}

function resizedOnce(data: LabelledData): (resolution: number) => LabelledData {
  const known = new Map<number, LabelledData>();
  return (resolution) => {
    const width = columnsAt(resolution, data);
    const found = known.get(resolution) ??
      sharedImages(resizeData(data, { height: resolution, width }));
    known.set(resolution, found);
    return found;
  };
}
