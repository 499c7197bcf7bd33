import type { DetectionPostprocessAttributes } from "../../../model/operators/custom/tflite_detection_postprocess.ts";
import { EngineError } from "../../engine_error.ts";
import type { EngineOperator } from "../../engine_operator.ts";
import { detectionKernel } from "../../kernels/detection/detection_kernel.ts";
import { expectType } from "../../reference/expect.ts";
import type { NumberArray, Operation, ReferenceKernel } from "../../reference/prepare.ts";

/**
 * Detections of a single-shot detector: boxes from encodings and anchors, then those with the best
 * scores that do not overlap better ones (non-maximum suppression): of every class, or of the best
 * class of each box. Places of the output without a detection are 0.
 */
export const tfliteDetectionPostprocess: EngineOperator<"TFLite_Detection_PostProcess"> = {
  types: ["float32"],
  reference: preparePostprocess,
  kernels: [detectionKernel],
};

/** Of a box, in this order: least y and x, largest y and x. */
type Box = readonly [number, number, number, number];

interface Detection {
  readonly box: number;
  readonly label: number;
  readonly score: number;
}

function preparePostprocess(operation: Operation<"TFLite_Detection_PostProcess">): ReferenceKernel {
  const { attributes, inputs, outputs } = operation;
  for (const tensor of [...inputs, ...outputs]) {
    expectType(`"${tensor.name}"`, tensor, ["float32"]);
  }
  const [{ shape: [, count, numbers] }, { shape: [, , classes] }] = inputs;
  return ([encodings, scores, anchors], [boxes, labels, best, found]) => {
    const corners = Array.from({ length: count }, (_, i) =>
      cornersOf(
        encodings.subarray(i * numbers, i * numbers + 4),
        anchors.subarray(4 * i, 4 * i + 4),
        attributes,
      ));
    if (corners.some(([top, left, bottom, right]) => top >= bottom || left >= right)) {
      throw new EngineError("boxes without height or width");
    }
    const background = classes - attributes.numClasses;
    const scoresOf = (box: number) =>
      scores.subarray(box * classes + background, (box + 1) * classes);
    const { detections, number } = attributes.useRegularNms
      ? regularDetections(corners, scoresOf, attributes)
      : fastDetections(corners, scoresOf, attributes);
    for (const output of [boxes, labels, best]) output.fill(0);
    const places = Math.min(boxes.length / 4, labels.length, best.length);
    for (const [place, { box, label, score }] of detections) {
      if (place >= places) continue;
      boxes.set(corners[box], 4 * place);
      labels[place] = label;
      best[place] = score;
    }
    found[0] = number;
  };
}

const f = Math.fround;

function cornersOf(
  [y, x, h, w]: NumberArray,
  [anchorY, anchorX, anchorH, anchorW]: NumberArray,
  { yScale, xScale, hScale, wScale }: DetectionPostprocessAttributes,
): Box {
  const centreY = f(y / yScale * anchorH + anchorY);
  const centreX = f(x / xScale * anchorW + anchorX);
  const halfH = f(0.5 * Math.exp(h / hScale) * anchorH);
  const halfW = f(0.5 * Math.exp(w / wScale) * anchorW);
  return [f(centreY - halfH), f(centreX - halfW), f(centreY + halfH), f(centreX + halfW)];
}

interface Found {
  /** Detections and their places in the output. */
  readonly detections: readonly (readonly [place: number, detection: Detection])[];
  readonly number: number;
}

type ScoresOf = (box: number) => NumberArray;

/** The best of the best of all classes; of equal scores the one of the first class, then box. */
function regularDetections(
  corners: readonly Box[],
  scoresOf: ScoresOf,
  attributes: DetectionPostprocessAttributes,
): Found {
  const { numClasses, detectionsPerClass, maxDetections } = attributes;
  const all = Array.from({ length: numClasses }, (_, label) => {
    const scores = corners.map((_, box) => scoresOf(box)[label]);
    return suppressed(corners, scores, { ...attributes, most: detectionsPerClass })
      .map((box): Detection => ({ box, label, score: scores[box] }));
  });
  const kept = byScore(all.flat(), ({ score }) => score).slice(0, maxDetections);
  return { detections: [...kept.entries()], number: kept.length };
}

/**
 * The best boxes by their best class, each with its best classes. The places are TensorFlow Lite's:
 * with more classes than one there are gaps.
 */
function fastDetections(
  corners: readonly Box[],
  scoresOf: ScoresOf,
  attributes: DetectionPostprocessAttributes,
): Found {
  const { numClasses, maxClassesPerDetection, maxDetections } = attributes;
  const each = Math.min(maxClassesPerDetection, numClasses);
  const best = corners.map((_, box) => Math.max(...scoresOf(box)));
  const boxes = suppressed(corners, best, { ...attributes, most: maxDetections });
  const detections = boxes.flatMap((box, i) => {
    const scores = scoresOf(box);
    const labels = byScore([...scores.keys()], (label) => scores[label]).slice(0, each);
    return labels.map((label, k) =>
      [each * (i * each + k) + k, { box, label, score: scores[label] }] as const
    );
  });
  return { detections, number: detections.length };
}

/** Boxes with the best scores that overlap no better one by more than the threshold. */
function suppressed(
  corners: readonly Box[],
  scores: readonly number[],
  { nmsScoreThreshold, nmsIouThreshold, most }: DetectionPostprocessAttributes & {
    readonly most: number;
  },
): readonly number[] {
  const candidates = [...scores.keys()].filter((box) => scores[box] >= nmsScoreThreshold);
  const selected: number[] = [];
  for (const box of byScore(candidates, (each) => scores[each])) {
    if (selected.length >= most) break;
    const isOverlapped = selected.some((better) =>
      overlap(corners[better], corners[box]) > nmsIouThreshold
    );
    if (!isOverlapped) selected.push(box);
  }
  return selected;
}

/** The largest first, equal ones in their order. */
function byScore<T>(all: readonly T[], score: (each: T) => number): readonly T[] {
  return all.toSorted((a, b) => score(b) - score(a));
}

/** Intersection over union, in float32. */
function overlap(a: Box, b: Box): number {
  const area = ([top, left, bottom, right]: Box) => f(f(bottom - top) * f(right - left));
  const height = Math.max(f(Math.min(a[2], b[2]) - Math.max(a[0], b[0])), 0);
  const width = Math.max(f(Math.min(a[3], b[3]) - Math.max(a[1], b[1])), 0);
  const common = f(height * width);
  return f(common / f(f(area(a) + area(b)) - common));
}
