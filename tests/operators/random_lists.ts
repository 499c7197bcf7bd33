// Random small models of operators with lists of integers among their inputs: axes, indices, sizes.
import { type Dtype, elements, type ModelTensor, type OperatorName } from "../../mod.ts";
import type { Numbers } from "../engine/random_layer.ts";
import { tensor } from "../engine/single_operator.ts";

/** A model of one operator, before it is known whether its lists are constants. */
export interface ListCase {
  readonly op: OperatorName;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly inputs: readonly (ModelTensor | List)[];
  readonly outputs: readonly ModelTensor[];
}

/** A list of integers. */
export interface List {
  readonly dtype: "int32" | "int64";
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

type Make = (random: Numbers) => ListCase;

/** Cases by what they show. */
export const listCases: Readonly<Record<string, Make>> = {
  SLICE: (random) => {
    const shape = shapeOf(random, { most: 5 });
    const begin = shape.map((extent) => random.below(extent));
    const counts = shape.map((extent, i) => 1 + random.below(extent - begin[i]));
    const size = counts.map((count, i) => (
      begin[i] + count === shape[i] && random.below(2) === 0 ? -1 : count
    ));
    const dtype = oneOf(random, ["float32", "int8", "int16", "int32", "bool"]);
    const type = listType(random);
    const lists = [begin, size].map((values) => wrong(random, listOf(values, type)));
    return movement("SLICE", { dtype, inputs: [shape], lists, output: counts });
  },
  DYNAMIC_UPDATE_SLICE: (random) => {
    const shape = shapeOf(random, { most: 4 });
    const update = shape.map((extent) => 1 + random.below(extent));
    const begin = shape.map((extent) => random.below(extent + 4) - 2);
    const dtype = oneOf(random, ["float32", "int8", "int16", "int32"]);
    const lists = [listOf(begin, listType(random))];
    return movement("DYNAMIC_UPDATE_SLICE", {
      ...{ dtype, inputs: [shape, update], lists, output: shape },
    });
  },
  GATHER: (random) => {
    const shape = shapeOf(random, { most: 4 });
    const axis = random.below(shape.length);
    const batchDims = random.below(axis + 1);
    const own = shapeOf(random, { least: 0, most: 2 });
    const indices = [...shape.slice(0, batchDims), ...own];
    const values = Array.from({ length: elements(indices) }, () => random.below(shape[axis]));
    const dtype = oneOf(random, ["float32", "int8"]);
    const isNegative = random.below(2) === 0;
    return {
      ...movement("GATHER", {
        dtype,
        inputs: [shape],
        lists: [wrong(random, { dtype: "int32", shape: indices, values })],
        output: [...shape.slice(0, axis), ...own, ...shape.slice(axis + 1)],
      }),
      attributes: { axis: isNegative ? axis - shape.length : axis, batchDims },
    };
  },
  GATHER_ND: (random) => {
    const shape = shapeOf(random, { most: 4 });
    const depth = 1 + random.below(shape.length);
    const own = shapeOf(random, { least: 0, most: 2 });
    const values = Array.from({ length: elements(own) }, () => (
      shape.slice(0, depth).map((extent) => random.below(extent))
    )).flat();
    return movement("GATHER_ND", {
      dtype: oneOf(random, ["float32", "int8"]),
      inputs: [shape],
      lists: [wrong(random, { dtype: "int32", shape: [...own, depth], values })],
      output: [...own, ...shape.slice(depth)],
    });
  },
  EMBEDDING_LOOKUP: (random) => {
    const [rows, ...row] = shapeOf(random, { least: 2, most: 4 });
    const values = Array.from({ length: 1 + random.below(4) }, () => random.below(rows));
    const dtype = oneOf(random, ["float32", "int8"] as const);
    const [table] = [tensor(dtype, [rows, ...row], dtype === "int8" ? [0.25, 0] : null)];
    const outputType = dtype === "int8" ? oneOf(random, ["float32", "int8"] as const) : dtype;
    const output = tensor(outputType, [values.length, ...row], table.quantization && [0.25, 0]);
    return {
      op: "EMBEDDING_LOOKUP",
      attributes: {},
      inputs: [wrong(random, listOf(values, "int32")), table],
      outputs: [output],
    };
  },
  REVERSE_V2: (random) => {
    const shape = shapeOf(random, { most: 5 });
    const first = random.below(shape.length);
    const count = 1 + random.below(shape.length - first);
    const axes = Array.from({ length: count }, (_, i) => first + i).reverse()
      .map((axis) => random.below(2) === 0 ? axis : axis - shape.length);
    return movement("REVERSE_V2", {
      dtype: oneOf(random, ["float32", "int8", "uint8", "int16", "int32", "int64", "bool"]),
      inputs: [shape],
      lists: [wrong(random, listOf(axes, "int32"))],
      output: shape,
    });
  },
  MIRROR_PAD: (random) => {
    const shape = shapeOf(random, { most: 4 });
    const mode = random.below(2);
    const amounts = shape.map((extent) => (
      random.below(3) === 0 ? [0, 0] : [0, 1].map(() => random.below(extent + mode))
    ));
    const type = listType(random);
    return {
      ...movement("MIRROR_PAD", {
        dtype: oneOf(random, ["float32", "int8"]),
        inputs: [shape],
        lists: [wrong(random, { dtype: type, shape: [shape.length, 2], values: amounts.flat() })],
        output: shape.map((extent, i) => amounts[i][0] + extent + amounts[i][1]),
      }),
      attributes: { mode },
    };
  },
  SPACE_TO_BATCH_ND: (random) => blocks(random, "SPACE_TO_BATCH_ND"),
  BATCH_TO_SPACE_ND: (random) => blocks(random, "BATCH_TO_SPACE_ND"),
  CUMSUM: (random) => {
    const shape = shapeOf(random, { most: 4 });
    const axis = random.below(2 * shape.length) - shape.length;
    const dtype = oneOf(random, ["float32", "int8"] as const);
    const of = () => tensor(dtype, shape, dtype === "int8" ? quantization(random) : null);
    return {
      op: "CUMSUM",
      attributes: { exclusive: random.below(2) === 0, reverse: random.below(2) === 0 },
      inputs: [of(), wrong(random, listOf([axis], "int32"))],
      outputs: [of()],
    };
  },
  MEAN: (random) => reduction(random, "MEAN", ["float32", "int8", "int16"]),
  SUM: (random) => reduction(random, "SUM", ["float32", "int8", "int16"]),
  REDUCE_MAX: (random) => reduction(random, "REDUCE_MAX", ["float32", "int8"]),
  REDUCE_MIN: (random) => reduction(random, "REDUCE_MIN", ["float32", "int8"]),
  REDUCE_ALL: (random) => reduction(random, "REDUCE_ALL", ["bool"]),
  BROADCAST_ARGS: (random) => {
    const [most, least] = [1 + random.below(5), random.below(4)].sort((a, b) => b - a);
    const common = Array.from({ length: most }, () => 1 + random.below(5));
    const dtype = listType(random);
    const stretched = (list: readonly number[]) => list.map((x) => random.below(3) === 0 ? 1 : x);
    const lists = [stretched(common), stretched(common.slice(most - least))].map((values) => (
      wrong(random, listOf(values, dtype))
    ));
    return {
      op: "BROADCAST_ARGS",
      attributes: {},
      inputs: random.below(2) === 0 ? lists : lists.toReversed(),
      outputs: [tensor(dtype, [most])],
    };
  },
};

function movement(op: OperatorName, { dtype, inputs, lists, output }: {
  readonly dtype: Dtype;
  readonly inputs: readonly (readonly number[])[];
  readonly lists: readonly List[];
  readonly output: readonly number[];
}): ListCase {
  const of = (shape: readonly number[]) => tensor(dtype, shape, dtype === "int8" ? [0.5, 3] : null);
  return { op, attributes: {}, inputs: [...inputs.map(of), ...lists], outputs: [of(output)] };
}

function blocks(random: Numbers, op: "SPACE_TO_BATCH_ND" | "BATCH_TO_SPACE_ND"): ListCase {
  const spatial = 1 + random.below(2);
  const [batches, channels] = [1 + random.below(2), 1 + random.below(4)];
  const block = Array.from({ length: spatial }, () => 1 + random.below(3));
  const counts = block.map(() => 1 + random.below(3));
  const borders = block.map((size, i) => {
    const before = random.below(Math.min(3, counts[i] * size));
    return [before, random.below(Math.min(3, counts[i] * size - before))];
  });
  const image = block.map((size, i) => counts[i] * size - borders[i][0] - borders[i][1]);
  const space = [batches, ...image, channels];
  const batch = [batches * elements(block), ...counts, channels];
  const [input, output] = op === "SPACE_TO_BATCH_ND" ? [space, batch] : [batch, space];
  return movement(op, {
    dtype: oneOf(random, ["float32", "int8"]),
    inputs: [input],
    lists: [
      wrong(random, listOf(block, "int32")),
      wrong(random, { dtype: "int32", shape: [spatial, 2], values: borders.flat() }),
    ],
    output,
  });
}

function reduction(random: Numbers, op: OperatorName, dtypes: readonly Dtype[]): ListCase {
  const shape = shapeOf(random, { least: 0, most: 4 });
  const axes = shape.flatMap((_, axis) => (
    random.below(2) === 0 ? [] : [random.below(2) === 0 ? axis : axis - shape.length]
  ));
  const keepDims = random.below(2) === 0;
  const isReduced = (axis: number) => axes.includes(axis) || axes.includes(axis - shape.length);
  const output = shape.flatMap((extent, axis) => isReduced(axis) ? keepDims ? [1] : [] : [extent]);
  const dtype = oneOf(random, dtypes);
  const given = dtype === "int8" || dtype === "int16" ? quantization(random) : null;
  const other = (op === "SUM" || op === "MEAN") && given !== null ? quantization(random) : given;
  return {
    op,
    attributes: { keepDims },
    inputs: [tensor(dtype, shape, given), wrong(random, listOf(axes, "int32"))],
    outputs: [tensor(dtype, output, other)],
  };
}

function shapeOf(
  random: Numbers,
  { least = 1, most }: { readonly least?: number; readonly most: number },
): number[] {
  return Array.from({ length: least + random.below(most - least + 1) }, () => 1 + random.below(4));
}

function quantization(random: Numbers): readonly [scale: number, zeroPoint: number] {
  return [(1 + random.below(64)) / 16, random.below(200) - 100];
}

function listOf(values: readonly number[], dtype: List["dtype"]): List {
  return { dtype, shape: [values.length], values };
}

/** Now and then one number of a list is another. */
function wrong(random: Numbers, list: List): List {
  if (list.values.length === 0 || random.below(4) !== 0) return list;
  const at = random.below(list.values.length);
  const value = oneOf(random, [-9, -2, 0, 1, 2, 6, 70000, 2 ** 31 - 1, -(2 ** 31)]);
  return { ...list, values: list.values.with(at, value) };
}

function listType(random: Numbers): List["dtype"] {
  return oneOf(random, ["int32", "int64"]);
}

function oneOf<const Item>(random: Numbers, items: readonly Item[]): Item {
  return items[random.below(items.length)];
}
