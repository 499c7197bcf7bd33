// Random operators that move elements.
import * as fc from "fast-check";
import type { Dtype, Model, ModelTensor } from "../../mod.ts";
import { Numbers, type RandomLayer } from "./random_layer.ts";
import { randomValues, zeroPoints } from "./random_tensor.ts";
import { list, single, tensor } from "./single_operator.ts";

const boxes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 })
  .chain((shape) => fc.constantFrom(shape, shape.with(-1, shape[shape.length - 1] * 9)));

const dtypes = fc.constantFrom<Dtype>(
  ...["int8", "int8", "uint8", "int16", "int32", "int64", "float32", "bool"] as const,
);

/** A tensor of a type, quantized if it is of one that can be. */
function of(dtype: Dtype, shape: readonly number[], zeroPoint = 0): ModelTensor {
  return tensor(dtype, shape, /^u?int8$/.test(dtype) ? [0.5, zeroPoint] : null);
}

function random(model: Model, seed: number): RandomLayer {
  const numbers = new Numbers(seed);
  return { model, inputs: model.inputs.map((i) => randomValues(model.tensors[i], numbers)) };
}

const common = { dtype: dtypes, shape: boxes, seed: fc.integer() };

/** Random layers by the name of their operator. */
export const movingLayers: Readonly<Record<string, fc.Arbitrary<RandomLayer>>> = {
  RESHAPE: fc.record({ ...common, op: fc.constantFrom("RESHAPE", "SQUEEZE", "EXPAND_DIMS") }).map(
    ({ dtype, shape, op, seed }) => {
      const flat = [shape.reduce((product, extent) => product * extent)];
      const one = { inputs: [of(dtype, shape)], outputs: [of(dtype, flat)] };
      const model = op === "RESHAPE"
        ? single("RESHAPE", { newShape: flat }, one)
        : op === "SQUEEZE"
        ? single("SQUEEZE", { squeezeDims: [] }, { ...one, inputs: [of(dtype, [1, ...flat])] })
        : single("EXPAND_DIMS", {}, {
          inputs: [of(dtype, shape), list(0)],
          outputs: [of(dtype, [1, ...shape])],
        });
      return random(model, seed);
    },
  ),
  CONCATENATION: fc.record({
    ...common,
    axis: fc.nat(),
    extents: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 3 }),
    zeros: fc.array(zeroPoints("uint8"), { minLength: 4, maxLength: 4 }),
  }).map(({ dtype, shape, axis, extents, zeros, seed }) => {
    const along = axis % shape.length;
    const total = extents.reduce((sum, extent) => sum + extent);
    const differs = dtype === "uint8";
    const inputs = extents.map((extent, i) =>
      of(dtype, shape.with(along, extent), differs ? zeros[i] : 0)
    );
    const outputs = [of(dtype, shape.with(along, total), differs ? zeros[3] : 0)];
    const attributes = { axis: along - shape.length, activation: "NONE" } as const;
    return random(single("CONCATENATION", attributes, { inputs, outputs }), seed);
  }),
  SPLIT: fc.record({ ...common, axis: fc.nat(), parts: fc.integer({ min: 1, max: 3 }) }).map(
    ({ dtype, shape, axis, parts, seed }) => {
      const along = axis % shape.length;
      const outputs = Array.from({ length: parts }, () => of(dtype, shape));
      const inputs = [list(along), of(dtype, shape.with(along, shape[along] * parts))];
      return random(single("SPLIT", { numSplits: parts }, { inputs, outputs }), seed);
    },
  ),
  PACK: fc.record({ ...common, axis: fc.nat(), parts: fc.integer({ min: 1, max: 3 }) }).map(
    ({ dtype, shape, axis, parts, seed }) => {
      const along = axis % (shape.length + 1);
      const inputs = Array.from({ length: parts }, () => of(dtype, shape));
      const outputs = [of(dtype, shape.toSpliced(along, 0, parts))];
      const attributes = { axis: along, valuesCount: parts };
      return random(single("PACK", attributes, { inputs, outputs }), seed);
    },
  ),
  TRANSPOSE: fc.record({ ...common, order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }) })
    .map(({ dtype, shape, order, seed }) => {
      const permutation = order.filter((axis) => axis < shape.length);
      const model = single("TRANSPOSE", {}, {
        inputs: [of(dtype, shape), list(...permutation)],
        outputs: [of(dtype, permutation.map((axis) => shape[axis]))],
      });
      return random(model, seed);
    }),
  STRIDED_SLICE: fc.record({
    ...common,
    cuts: fc.array(
      fc.record({
        begin: fc.nat(),
        count: fc.nat(),
        stride: fc.constantFrom(1, 1, 2, 3, -1, -2),
        isWhole: fc.boolean(),
      }),
      { minLength: 4, maxLength: 4 },
    ),
  }).map(({ dtype, shape, cuts, seed }) => {
    const walks = shape.map((extent, axis) => {
      const { begin, count, stride, isWhole } = cuts[axis];
      if (isWhole) return { first: 0, stride: 1, count: extent };
      const first = begin % extent;
      const room = Math.ceil((stride > 0 ? extent - first : first + 1) / Math.abs(stride));
      return { first, stride, count: 1 + count % room };
    });
    // An end before the first element can only be said by counting from the back.
    const ends = walks.map(({ first, stride, count }, axis) => {
      const end = first + stride * count;
      return end < 0 ? end - shape[axis] : end;
    });
    const model = single("STRIDED_SLICE", {
      beginMask: 0,
      endMask: 0,
      ellipsisMask: 0,
      newAxisMask: 0,
      shrinkAxisMask: 0,
      offset: false,
    }, {
      inputs: [
        of(dtype, shape),
        list(...walks.map(({ first }) => first)),
        list(...ends),
        list(...walks.map(({ stride }) => stride)),
      ],
      outputs: [of(dtype, walks.map(({ count }) => count))],
    });
    return random(model, seed);
  }),
  PAD: fc.record({
    ...common,
    amounts: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 8, maxLength: 8 }),
    zeroPoint: zeroPoints("uint8"),
  }).map(({ dtype, shape, amounts, zeroPoint, seed }) => {
    const kind = dtype === "int64" ? "int32" : dtype;
    const zero = kind === "uint8" ? zeroPoint : zeroPoint - 128;
    const used = amounts.slice(0, 2 * shape.length);
    const padded = shape.map((extent, axis) => extent + used[2 * axis] + used[2 * axis + 1]);
    const inputs = [of(kind, shape, zero), list(...used)];
    return random(single("PAD", {}, { inputs, outputs: [of(kind, padded, zero)] }), seed);
  }),
  RESIZE_NEAREST_NEIGHBOR: fc.record({
    dtype: dtypes,
    shape: fc.tuple(...[2, 7, 7, 20].map((max) => fc.integer({ min: 1, max }))),
    size: fc.tuple(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 15 })),
    alignCorners: fc.boolean(),
    halfPixelCenters: fc.boolean(),
    seed: fc.integer(),
  }).map(({ dtype, shape, size, alignCorners, halfPixelCenters, seed }) => {
    const attributes = { alignCorners, halfPixelCenters: halfPixelCenters && !alignCorners };
    const outputs = [of(dtype, [shape[0], ...size, shape[3]])];
    const inputs = [of(dtype, shape), list(...size)];
    return random(single("RESIZE_NEAREST_NEIGHBOR", attributes, { inputs, outputs }), seed);
  }),
};
