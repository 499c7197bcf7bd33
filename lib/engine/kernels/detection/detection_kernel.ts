import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import {
  add,
  apply,
  constant,
  either,
  min,
  mul,
  type Operand,
  sub,
} from "../../../kernel/values.ts";
import { elements, sizeBytes } from "../../../model/shape.ts";
import { type Layer, type LayerKernel, operatorOf, type PlacedTensor } from "../../layer.ts";
import { refusing } from "../refusing.ts";
import { byteOf, fillZeros, plainKernel, whileTrue } from "../scalar/plain_kernel.ts";
import { type BoxPlaces, decodeBoxes, suppress } from "./boxes.ts";

/** TFLite_Detection_PostProcess, in scalars on the first thread. */
export function detectionKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "TFLite_Detection_PostProcess");
  if (operator === null) return null;
  const { attributes } = operator;
  const { inputs: [encodings, scores, anchors], outputs } = layer;
  const [, count, numbers] = encodings!.tensor.shape;
  const classes = scores!.tensor.shape[2];
  const background = classes - attributes.numClasses;
  const { corners, best, order, list } = placesOf(layer, count, attributes.maxDetections);
  const boxes: BoxPlaces = { count, corners, order };
  const { unless, refusal } = refusing(layer, {
    reason: "boxes without height or width",
    error: "EngineError",
  });
  const scoreOf = (b: KernelBuilder, box: Value, label: Value) => {
    const index = add(add(mul(box, classes), background), label);
    return b.load("f32.load", byteOf(scores!.region, 0, mul(index, 4)));
  };
  const kernel = plainKernel(layer, "detections", (b) => {
    for (const { region, tensor } of outputs) fillZeros(b, byteOf(region), sizeBytes(tensor));
    const isBad = decodeBoxes(b, {
      ...{ attributes, count, numbers, corners },
      ...{ encodings: encodings!.region, anchors: anchors!.region },
    });
    unless(b, isBad);
    const write = writer(b, { outputs, corners });
    if (attributes.useRegularNms) {
      const size = b.let("size", 0);
      b.for("label", { until: attributes.numClasses }, (label) => {
        const options = { ...attributes, most: attributes.detectionsPerClass };
        suppress(b, boxes, options, (box) => scoreOf(b, box, label), (box, score) => {
          const code = b.let("code", add(mul(box, attributes.numClasses), label));
          insertDetection(b, list, { size, code, score });
        });
      });
      b.for("place", { until: size }, (place) => {
        const code = b.let("code", b.load("i32.load", byteOf(list.codes, 0, mul(place, 4))));
        const [box, label] = (["div_u", "rem_u"] as const).map((op) =>
          b.let("part", apply(`i32.${op}`, [code, attributes.numClasses]))
        );
        write(place, { box, label, score: scoreOf(b, box, label) });
      });
      storeCount(b, outputs[3].region, size);
      return;
    }
    fastDetections(b, {
      ...{ boxes, best, write },
      classes: attributes.numClasses,
      each: Math.min(attributes.maxClassesPerDetection, attributes.numClasses),
      options: { ...attributes, most: attributes.maxDetections },
      scoreOf: (box, label) => scoreOf(b, box, label),
      found: outputs[3].region,
    });
  });
  return { ...kernel, refusal };
}

/** Where the kernel works: corners, best scores and order of boxes, and what is found. */
function placesOf({ workspace }: Layer, count: number, most: number) {
  let offsetBytes = workspace.offsetBytes;
  const take = (name: string, bytes: number): Region => {
    const region = { ...workspace, name, offsetBytes, sizeBytes: bytes };
    offsetBytes += bytes;
    return region;
  };
  const corners = take("corners", 16 * count);
  const best = take("best", 4 * count);
  const order = take("order", 4 * count);
  const codes = take("codes", 4 * most);
  const list: DetectionList = { codes, scores: take("scores", 4 * most), most };
  return { corners, best, order, list };
}

interface DetectionValues {
  readonly box: Value;
  readonly label: Value;
  readonly score: Value;
}

type Write = (place: Value, detection: DetectionValues) => void;

/** Writes a detection to its place in the outputs, if there is one. */
function writer(
  b: KernelBuilder,
  { outputs, corners }: { readonly outputs: readonly PlacedTensor[]; readonly corners: Region },
): Write {
  const [boxes, labels, scores] = outputs;
  const [boxPlaces, ...places] = outputs.slice(0, 3).map(({ tensor }) => elements(tensor.shape));
  const most = Math.min(Math.floor(boxPlaces / 4), ...places);
  return (place, { box, label, score }) => {
    b.if(apply("i32.lt_u", [place, most]), () => {
      for (let corner = 0; corner < 4; corner++) {
        const from = byteOf(corners, 4 * corner, mul(box, 16));
        const value = b.load("f32.load", from);
        b.store("f32.store", byteOf(boxes.region, 4 * corner, mul(place, 16)), value);
      }
      const labelled = apply("f32.convert_i32_s", [label]);
      b.store("f32.store", byteOf(labels.region, 0, mul(place, 4)), labelled);
      b.store("f32.store", byteOf(scores.region, 0, mul(place, 4)), score);
    });
  };
}

function storeCount(b: KernelBuilder, region: Region, count: Value): void {
  b.store("f32.store", byteOf(region), apply("f32.convert_i32_s", [count]));
}

/** The best boxes by their best class, each with its best classes, the first of equal ones first. */
function fastDetections(
  b: KernelBuilder,
  { boxes, best, write, classes, each, options, scoreOf, found }: {
    readonly boxes: BoxPlaces;
    readonly best: Region;
    readonly write: Write;
    readonly classes: number;
    readonly each: number;
    readonly options: Parameters<typeof suppress>[2];
    readonly scoreOf: (box: Value, label: Value) => Value;
    readonly found: Region;
  },
): void {
  const bestAt = (box: Value) => byteOf(best, 0, mul(box, 4));
  b.for("box", { until: boxes.count }, (box) => {
    const top = b.let("top", scoreOf(box, constant(0)));
    b.for("label", { from: 1, until: classes }, (label) => {
      const score = b.let("score", scoreOf(box, label));
      b.if(apply("f32.gt", [score, top]), () => b.set(top, score));
    });
    b.store("f32.store", bestAt(box), top);
  });
  const number = b.let("number", 0);
  suppress(b, boxes, options, (box) => b.load("f32.load", bestAt(box)), (box) => {
    const last = b.let("last", constant(Infinity, "f32"));
    const lastLabel = b.let("last_label", -1);
    b.for("k", { until: each }, (k) => {
      const top = b.let("top", constant(-Infinity, "f32"));
      const chosen = b.let("chosen", 0);
      b.for("label", { until: classes }, (label) => {
        const score = b.let("score", scoreOf(box, label));
        // What comes behind the last one: less, or the same of a later class.
        const isLater = either(
          apply("f32.eq", [score, last]),
          apply("i32.gt_s", [label, lastLabel]),
          apply("f32.lt", [score, last]),
        );
        b.if(either(isLater, apply("f32.gt", [score, top]), constant(0)), () => {
          b.set(top, score);
          b.set(chosen, label);
        });
      });
      const place = b.let("place", add(mul(number, each), k));
      write(place, { box, label: chosen, score: top });
      b.set(last, top);
      b.set(lastLabel, chosen);
      b.set(number, add(number, 1));
    });
  });
  storeCount(b, found, number);
}

/** Detections by falling score, at most so many. */
interface DetectionList {
  /** What they are, i32. */
  readonly codes: Region;
  /** Their scores, f32. */
  readonly scores: Region;
  readonly most: number;
}

/** Puts a detection behind all whose score is no less; what is too much is dropped. */
function insertDetection(
  b: KernelBuilder,
  { codes, scores, most }: DetectionList,
  { size, code, score }: { readonly size: Value; readonly code: Value; readonly score: Value },
): void {
  if (most === 0) return;
  const scoreAt = (place: Operand) => byteOf(scores, 0, mul(place, 4));
  const codeAt = (place: Operand) => byteOf(codes, 0, mul(place, 4));
  const place = b.let("place", size);
  const isLess = () => {
    const before = b.load("f32.load", byteOf(scores, -4, mul(place, 4)));
    return either(place, apply("f32.lt", [before, score]), constant(0));
  };
  whileTrue(b, isLess, () => {
    b.set(place, sub(place, 1));
    b.if(apply("i32.lt_s", [place, most - 1]), () => {
      const after = b.let("after", add(place, 1));
      b.store("f32.store", scoreAt(after), b.load("f32.load", scoreAt(place)));
      b.store("i32.store", codeAt(after), b.load("i32.load", codeAt(place)));
    });
  });
  b.if(apply("i32.lt_s", [place, most]), () => {
    b.store("f32.store", scoreAt(place), score);
    b.store("i32.store", codeAt(place), code);
  });
  b.set(size, min(add(size, 1), most));
}
