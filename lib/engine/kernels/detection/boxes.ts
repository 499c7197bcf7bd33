import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, constant, either, mul, sub } from "../../../kernel/values.ts";
import type { DetectionPostprocessAttributes } from "../../../model/operators/custom/tflite_detection_postprocess.ts";
import { byteOf, whileTrue } from "../scalar/plain_kernel.ts";

/** Corners of boxes from encodings and anchors. Gives whether one has no height or width. */
export function decodeBoxes(
  b: KernelBuilder,
  { attributes, count, numbers, encodings, anchors, corners }: {
    readonly attributes: DetectionPostprocessAttributes;
    readonly count: number;
    /** Numbers of an encoding. */
    readonly numbers: number;
    readonly encodings: Region;
    readonly anchors: Region;
    readonly corners: Region;
  },
): Value {
  const isBad = b.let("is_bad", 0);
  const scales = [attributes.yScale, attributes.xScale, attributes.hScale, attributes.wScale];
  b.for("box", { until: count }, (box) => {
    const read = (region: Region, index: number, stride: number) =>
      b.let(
        "x",
        apply("f64.promote_f32", [
          b.load("f32.load", byteOf(region, 4 * index, mul(box, 4 * stride))),
        ]),
      );
    const scaled = scales.map((scale, i) =>
      b.let("scaled", apply("f64.div", [read(encodings, i, numbers), constant(scale, "f64")]))
    );
    const anchor = [0, 1, 2, 3].map((i) => read(anchors, i, 4));
    for (const axis of [0, 1]) {
      const size = anchor[2 + axis];
      const moved = apply("f64.add", [apply("f64.mul", [scaled[axis], size]), anchor[axis]]);
      const centre = b.let("centre", apply("f32.demote_f64", [moved]));
      const grown = apply("f64.mul", [constant(0.5, "f64"), exp64(b, scaled[2 + axis])]);
      const half = b.let("half", apply("f32.demote_f64", [apply("f64.mul", [grown, size])]));
      const low = b.let("low", apply("f32.sub", [centre, half]));
      const high = b.let("high", apply("f32.add", [centre, half]));
      b.store("f32.store", byteOf(corners, 4 * axis, mul(box, 16)), low);
      b.store("f32.store", byteOf(corners, 8 + 4 * axis, mul(box, 16)), high);
      b.if(apply("f32.ge", [low, high]), () => b.set(isBad, constant(1)));
    }
  });
  return isBad;
}

/** Boxes, and where their order by score is worked out. */
export interface BoxPlaces {
  readonly count: number;
  readonly corners: Region;
  readonly order: Region;
}

/**
 * Goes over boxes by falling score, the first of equal ones first, and leaves out those that overlap
 * one before by more than the threshold.
 */
export function suppress(
  b: KernelBuilder,
  { count, corners, order }: BoxPlaces,
  { nmsScoreThreshold, nmsIouThreshold, most }:
    & Pick<
      DetectionPostprocessAttributes,
      "nmsScoreThreshold" | "nmsIouThreshold"
    >
    & { readonly most: number },
  scoreOf: (box: Value) => Value,
  select: (box: Value, score: Value) => void,
): void {
  const at = (place: Value, byte = 0) => byteOf(order, byte, mul(place, 4));
  const kept = b.let("kept", 0);
  b.for("box", { until: count }, (box) => {
    const score = b.let("score", scoreOf(box));
    b.if(apply("f32.ge", [score, constant(nmsScoreThreshold, "f32")]), () => {
      const place = b.let("place", kept);
      const isLess = () =>
        either(
          place,
          apply("f32.lt", [scoreOf(b.load("i32.load", at(place, -4))), score]),
          constant(0),
        );
      whileTrue(b, isLess, () => {
        b.store("i32.store", at(place), b.load("i32.load", at(place, -4)));
        b.set(place, sub(place, 1));
      });
      b.store("i32.store", at(place), box);
      b.set(kept, add(kept, 1));
    });
  });
  const selected = b.let("selected", 0);
  b.for("place", { until: kept }, (place) => {
    const box = b.let("box", b.load("i32.load", at(place)));
    const isOpen = apply("i32.and", [
      apply("i32.ge_s", [box, 0]),
      apply("i32.lt_s", [selected, most]),
    ]);
    b.if(isOpen, () => {
      b.set(selected, add(selected, 1));
      select(box, b.let("score", scoreOf(box)));
      b.for("later", { from: add(place, 1), until: kept }, (later) => {
        const other = b.let("other", b.load("i32.load", at(later)));
        b.if(apply("i32.ge_s", [other, 0]), () => {
          const common = overlap(b, corners, [box, other]);
          b.if(apply("f32.gt", [common, constant(nmsIouThreshold, "f32")]), () => {
            b.store("i32.store", at(later), constant(-1));
          });
        });
      });
    });
  });
}

/** Intersection over union of two boxes. */
function overlap(b: KernelBuilder, corners: Region, boxes: readonly [Value, Value]): Value {
  const [first, second] = boxes.map((box) =>
    [0, 1, 2, 3].map((i) =>
      b.let("corner", b.load("f32.load", byteOf(corners, 4 * i, mul(box, 16))))
    )
  );
  const op = (name: "add" | "sub" | "mul", x: Value, y: Value) =>
    b.let("f", apply(`f32.${name}`, [x, y]));
  const larger = (x: Value, y: Value) => b.let("f", choose(apply("f32.lt", [x, y]), y, x));
  const lesser = (x: Value, y: Value) => b.let("f", choose(apply("f32.lt", [y, x]), y, x));
  const [firstArea, secondArea] = [first, second].map(([top, left, bottom, right]) =>
    op("mul", op("sub", bottom, top), op("sub", right, left))
  );
  const [height, width] = [0, 1].map((axis) => {
    const low = larger(first[axis], second[axis]);
    const high = lesser(first[2 + axis], second[2 + axis]);
    return larger(op("sub", high, low), constant(0, "f32"));
  });
  const common = op("mul", height, width);
  const both = op("sub", op("add", firstArea, secondArea), common);
  return b.let("overlap", apply("f32.div", [common, both]));
}

// ln 2 in two parts: the first has few enough bits for its products with integers to be exact.
const LN2_HIGH = 0.693147180369123816490;
const LN2_LOW = 1.90821492927058770002e-10;

/** Beyond this a power is out of what two float32 can hold together. */
const MOST = 170;

/** Terms of Taylor's series: on [-ln 2 / 2, ln 2 / 2] what is left out is below 1e-17. */
const DEGREE = 14;

/** exp of a float64 in scalars: `2^k exp(r)` with `r = x - k ln 2`. */
function exp64(b: KernelBuilder, x: Value): Value {
  const number = (value: number) => constant(value, "f64");
  const op = (name: "add" | "sub" | "mul" | "min" | "max", p: Value, q: Value) =>
    apply(`f64.${name}`, [p, q]);
  const within = b.let("within", op("max", op("min", x, number(MOST)), number(-MOST)));
  const k = b.let("k", apply("f64.nearest", [op("mul", within, number(Math.LOG2E))]));
  const high = op("sub", within, op("mul", k, number(LN2_HIGH)));
  const r = b.let("r", op("sub", high, op("mul", k, number(LN2_LOW))));
  const sum = b.let("sum", number(1 / factorial(DEGREE)));
  for (let degree = DEGREE - 1; degree >= 0; degree--) {
    b.set(sum, op("add", op("mul", sum, r), number(1 / factorial(degree))));
  }
  const power = b.let("power", apply("i32.trunc_sat_f64_s", [k]));
  const half = b.let("half", apply("i32.shr_s", [power, 1]));
  return [half, sub(power, half)].reduce(
    (product, exponent) => op("mul", product, powerOfTwo(exponent)),
    sum as Value,
  );
}

/** `2^k` as float64, from the bits of a float32. */
function powerOfTwo(k: Value): Value {
  const bits = apply("i32.shl", [add(k, 127), 23]);
  return apply("f64.promote_f32", [apply("f32.reinterpret_i32", [bits])]);
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}
