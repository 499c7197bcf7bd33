import {
  affine,
  conv1d,
  defineNest,
  depthwise,
  matmul,
  type Nest,
  type NestDefinition,
} from "tinyloom";
import { assertEquals, assertThrows } from "../assert.ts";

const good: NestDefinition = {
  name: "rows",
  extents: { i: 4, k: 3 },
  tensors: [
    { name: "X", dtype: "f32", shape: [4, 3], role: "input" },
    { name: "Y", dtype: "f32", shape: [4], role: "output" },
  ],
  body: {
    target: { tensor: "Y", index: [affine("i")] },
    update: "add",
    value: { kind: "read", access: { tensor: "X", index: [affine("i"), affine("k")] } },
  },
};
const [input, output] = good.tensors;

Deno.test("axes that do not index the target are reductions", () => {
  assertEquals(defineNest(good).axes, [
    { name: "i", extent: 4, role: "space" },
    { name: "k", extent: 3, role: "reduction" },
  ]);
});

Deno.test("sizes that are no size are refused", () => {
  for (const size of [0, -1, 2.5, NaN, Infinity, 2 ** 31 + 1]) {
    rangeError(
      { extents: { i: 4, k: size } },
      `The extent of axis "k" must be an integer from 1 to 2147483647, found ${size}`,
    );
    rangeError(
      { tensors: [{ ...input, shape: [4, size] }, output] },
      `The dimension 1 of "X" must be an integer from 1 to 2147483648, found ${size}`,
    );
  }
  assertThrows(() => matmul({ m: "4" as unknown as number, k: 4, n: 4 }), RangeError, "found 4");
  assertThrows(() => matmul({ m: 4, k: 4 } as { m: 4; k: 4; n: 4 }), RangeError, "undefined");
});

Deno.test("tensors beyond the memory of WebAssembly are refused", () => {
  assertThrows(
    () => matmul({ m: 32768, k: 32768, n: 1 }),
    RangeError,
    "Cannot define matmul: its tensors take 4295229440 bytes, more than 2147483648",
  );
});

Deno.test("numbers that int32 does not hold are refused, where integers are computed or compared", () => {
  const far = affine("i", 2 ** 32 - 1);
  rangeError(
    {
      body: {
        ...good.body,
        value: { kind: "read", access: { tensor: "X", index: [far, affine("k")], outside: 0 } },
      },
    },
    'Dimension 0 of "X" is read at 4294967295..4294967298, needed within -2147483647..2147483647',
  );
  const tensors = [{ ...input, dtype: "i8" }, { ...output, dtype: "i32" }] as const;
  rangeError(
    { tensors, body: { ...good.body, value: { kind: "constant", value: 2 ** 31 } } },
    "Arithmetic in i32 needs whole numbers of 32 bits, found 2147483648",
  );
  rangeError(
    { tensors, body: { ...good.body, start: -(2 ** 31) - 1 } },
    "A sum in i32 must start from a whole number of 32 bits, found -2147483649",
  );
});

Deno.test("names must be variables, each of one thing", () => {
  typeError({ extents: { "i j": 4, k: 3 } }, 'Cannot name a axis "i j"');
  typeError({ extents: { for: 4, k: 3 } }, 'Cannot name a axis "for": it is a word of JavaScript');
  typeError({ tensors: [{ ...input, name: "" }, output] }, 'Cannot name a tensor ""');
  typeError({ tensors: [input, input, output] }, 'two things in it are called "X"');
  typeError({ extents: { i: 4, k: 3, X: 1 } }, 'two things in it are called "X"');
});

Deno.test("accesses must fit their tensors", () => {
  const read = (index: ReturnType<typeof affine>[], tensor = "X", outside?: number) =>
    ({
      body: {
        ...good.body,
        value: {
          kind: "read",
          access: { tensor, index, ...(outside !== undefined && { outside }) },
        },
      },
    }) as const;
  typeError(read([affine("i")]), 'Cannot index "X" by 1 numbers: it has 2 dimensions');
  typeError(read([affine("i"), affine("z")]), 'Cannot index "X" by "z": no such axis');
  typeError(read([affine("i")], "Z"), 'no tensor is called "Z"');
  typeError(read([affine("i")], "Y"), 'it reads "Y", which is an output');
  rangeError(
    read([affine("i"), affine("k", 1)]),
    'Dimension 1 of "X" is read at 1..3, but has only 0..2',
  );
  rangeError(read([affine("i", -1), affine("k")]), 'Dimension 0 of "X" is read at -1..2');
  rangeError(read([affine({ i: -1 }), affine("k")]), 'Dimension 0 of "X" is read at -3..0');
  rangeError(read([affine("i"), affine({ k: 0.5 })]), "whole");
  defineNest({ ...good, ...read([affine("i", -1), affine("k", 1)], "X", 0) });
});

Deno.test("the target must be an output inside its bounds", () => {
  const target = (tensor: string, index: ReturnType<typeof affine>[]) =>
    ({ body: { ...good.body, target: { tensor, index } } }) as const;
  typeError(target("X", [affine("i"), affine("k")]), 'target "X" is not an output');
  rangeError(target("Y", [affine("i", 1)]), 'Dimension 0 of "Y" is read at 1..4');
  assertThrows(
    () =>
      defineNest({
        ...good,
        body: { ...good.body, target: { tensor: "Y", index: [affine("i", 1)], outside: 0 } },
      }),
    TypeError,
    "outside",
  );
});

Deno.test("two points may update one element only as a reduction", () => {
  typeError(
    { body: { ...good.body, update: "set" } },
    'Cannot define rows: a reduction must "add" or "max", not "set"',
  );
  typeError(
    {
      body: { ...good.body, target: { tensor: "Y", index: [affine({ i: 1, k: 1 })] } },
      tensors: [input, { ...output, shape: [6] }],
    },
    'axis "i" must index one dimension of the target alone',
  );
});

Deno.test("dtypes, updates and operations that do not exist are refused", () => {
  typeError({ tensors: [{ ...input, dtype: "f16" as "f32" }, output] }, '"f16"');
  typeError({ tensors: [{ ...input, role: "both" as "input" }, output] }, '"both"');
  typeError({ body: { ...good.body, update: "mean" as "add" } }, '"mean"');
  const value = { kind: "constant", value: 1 } as const;
  const divided = { kind: "binary", op: "div" as "mul", left: value, right: value } as const;
  typeError({ body: { ...good.body, value: divided } }, '"div"');
  assertThrows(
    () => matmul({ m: 1, k: 1, n: 1, dtype: "u8" as "i8" }),
    TypeError,
    'The dtype of a matmul must be "f32" or "i8", found u8',
  );
});

Deno.test("what is read must fit the target's dtype", () => {
  typeError(
    { tensors: [{ ...input, dtype: "f64" }, output] },
    '"Y" is f32, which cannot hold what "X" holds, f64',
  );
  typeError({ tensors: [input, { ...output, dtype: "i32" }] }, '"X" holds, f32');
  rangeError(
    {
      tensors: [{ ...input, dtype: "i8" }, { ...output, dtype: "i32" }],
      body: { ...good.body, value: { kind: "constant", value: 0.5 } },
    },
    "Arithmetic in i32 needs whole numbers of 32 bits, found 0.5",
  );
});

Deno.test("convolutions refuse strides, kernels and paddings that do not fit", () => {
  const size = { width: 4, inChannels: 1, outChannels: 1, kernel: 3 };
  assertThrows(
    () => conv1d({ ...size, kernel: 5 }),
    RangeError,
    "A kernel of 5 does not fit a valid input of 4",
  );
  assertThrows(() => conv1d({ ...size, stride: 0 }), RangeError, "found 0");
  assertThrows(() => conv1d({ ...size, width: 0 }), RangeError);
  assertThrows(
    () => conv1d({ ...size, padding: "full" as "same" }),
    TypeError,
    'padding must be "valid" or "same", found full',
  );
  assertThrows(() => conv1d({ ...size, dtype: "f64" as "f32" }), TypeError, "found f64");
});

Deno.test("output sizes and padding follow TensorFlow's rule", () => {
  const shapeOf = (nest: Nest) => nest.tensors.at(-1)!.shape;
  const offsetOf = (nest: Nest) =>
    nest.body.value.kind === "binary" && nest.body.value.left.kind === "read"
      ? nest.body.value.left.access.index.map(({ offset }) => offset)
      : [];
  const size = { height: 7, width: 8, channels: 2, kernel: [3, 3], stride: 2 } as const;
  assertEquals(shapeOf(depthwise({ ...size, padding: "same" })), [4, 4, 2]);
  assertEquals(offsetOf(depthwise({ ...size, padding: "same" })), [-1, 0, 0]);
  assertEquals(shapeOf(depthwise({ ...size, padding: "valid" })), [3, 3, 2]);
  assertEquals(offsetOf(depthwise(size)), [0, 0, 0]);
});

function rangeError(changes: Partial<NestDefinition>, message: string): void {
  assertThrows(() => defineNest({ ...good, ...changes }), RangeError, message);
}

function typeError(changes: Partial<NestDefinition>, message: string): void {
  assertThrows(() => defineNest({ ...good, ...changes }), TypeError, message);
}
