import type { Operands, OperatorDefinition } from "../../operator_definition.ts";
import { elements } from "../../shape.ts";
import { differ, rankFault } from "../../shape_faults.ts";

/**
 * Attributes of TFLite_Detection_PostProcess.
 *
 * @category Models
 */
export interface DetectionPostprocessAttributes {
  /** Detections at most. */
  readonly maxDetections: number;
  /** Classes of a box at most, without `useRegularNms`. */
  readonly maxClassesPerDetection: number;
  /** Boxes of a class at most, with `useRegularNms`. */
  readonly detectionsPerClass: number;
  /** Whether boxes are chosen class by class, and not by their best class. */
  readonly useRegularNms: boolean;
  /** What a score is at least. */
  readonly nmsScoreThreshold: number;
  /** How much of two boxes may be common: intersection over union. */
  readonly nmsIouThreshold: number;
  /** Classes without the background. */
  readonly numClasses: number;
  /** What encodings are divided by. */
  readonly yScale: number;
  /** What encodings are divided by. */
  readonly xScale: number;
  /** What encodings are divided by. */
  readonly hScale: number;
  /** What encodings are divided by. */
  readonly wScale: number;
}

/** TFLite_Detection_PostProcess. */
export const tfliteDetectionPostprocess: OperatorDefinition<DetectionPostprocessAttributes> = {
  description: "Best boxes of little overlap; inputs: encodings, scores, anchors",
  optionTable: null,
  customOptions: {
    maxDetections: { key: "max_detections", kind: "int32" },
    maxClassesPerDetection: { key: "max_classes_per_detection", kind: "int32" },
    detectionsPerClass: { key: "detections_per_class", kind: "int32", initial: 100 },
    useRegularNms: { key: "use_regular_nms", kind: "bool" },
    nmsScoreThreshold: { key: "nms_score_threshold", kind: "float32" },
    nmsIouThreshold: { key: "nms_iou_threshold", kind: "float32" },
    numClasses: { key: "num_classes", kind: "int32" },
    yScale: { key: "y_scale", kind: "float32" },
    xScale: { key: "x_scale", kind: "float32" },
    hScale: { key: "h_scale", kind: "float32" },
    wScale: { key: "w_scale", kind: "float32" },
  },
  inputs: 3,
  outputs: 4,
  access: { kind: "none" },
  check: (attributes, operands) => attributeFault(attributes) ?? shapeFault(attributes, operands),
  // Corners, scores and order of boxes; classes and scores of what is found.
  scratchBytes: ({ maxDetections }, { inputs: [encodings] }) =>
    encodings.shape[1] * (16 + 4 + 4) + 8 * maxDetections,
};

function attributeFault(attributes: DetectionPostprocessAttributes): string | null {
  const { nmsIouThreshold: iou, maxDetections, useRegularNms, numClasses } = attributes;
  if (!(iou > 0 && iou <= 1)) return `intersection over union of ${iou}, needed above 0 to 1`;
  const each = useRegularNms ? attributes.detectionsPerClass : attributes.maxClassesPerDetection;
  if (maxDetections < 0 || each < 1 || numClasses < 1) {
    return `${maxDetections} detections, ${each} each, of ${numClasses} classes`;
  }
  return null;
}

function shapeFault(
  { numClasses, maxDetections }: DetectionPostprocessAttributes,
  { inputs: [encodings, scores, anchors], outputs: [boxes, ...lists] }: Operands,
): string | null {
  const fault = rankFault("encodings", encodings, 3) ?? rankFault("scores", scores, 3) ??
    rankFault("anchors", anchors, 2);
  if (fault !== null) return fault;
  const [batches, count, numbers] = encodings.shape;
  if (batches !== 1 || numbers < 4 || elements(anchors.shape) < 4 * count) {
    return `encodings [${encodings.shape}] with anchors [${anchors.shape}]`;
  }
  const [, scored, classes] = scores.shape;
  const background = classes - numClasses;
  if (scores.shape[0] !== 1 || differ(scored, count) || background < 0 || background > 1) {
    return `scores [${scores.shape}] of ${count} boxes and ${numClasses} classes`;
  }
  const places = Math.min(elements(boxes.shape) / 4, ...lists.slice(0, 2).map(countOf));
  if (places < maxDetections || countOf(lists[2]) < 1) {
    return `outputs for ${places} detections, needed ${maxDetections}`;
  }
  return null;
}

function countOf({ shape }: { readonly shape: readonly number[] }): number {
  return elements(shape);
}
