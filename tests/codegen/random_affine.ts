// Nests of any affine accesses: falling and repeated indices, gaps, several outsides of one tensor.
import fc from "fast-check";
import {
  type Access,
  type Affine,
  affine,
  defineNest,
  type Expr,
  type Nest,
  type NestDtype,
} from "tinyloom";
import { affineRange } from "../../lib/nest/affine.ts";

/** What a nest is drawn from. */
interface Form {
  readonly spaces: readonly number[];
  readonly reductions: readonly number[];
  readonly target: NestDtype;
  readonly inputs: readonly InputForm[];
  readonly places: readonly TargetPlace[];
  readonly value: Tree;
  readonly update: "add" | "max" | "set";
  readonly start: number | null;
  readonly finish: number | null;
}

interface InputForm {
  readonly dtype: NestDtype;
  /** Coefficients of all axes, and what lies behind the last element that is read, by dimension. */
  readonly dimensions: readonly { readonly steps: readonly number[]; readonly slack: number }[];
}

interface TargetPlace {
  readonly step: number;
  readonly before: number;
  readonly after: number;
}

/** An expression whose leaves are numbers to choose from what there is. */
type Tree =
  | {
    readonly kind: "read";
    readonly input: number;
    readonly outside: number | null;
    readonly shift: number;
  }
  | {
    readonly kind: "scaled";
    readonly of: Tree;
    readonly op: "add" | "sub" | "mul" | "min" | "max";
    readonly by: number;
  }
  | {
    readonly kind: "joined";
    readonly op: "add" | "sub" | "mul" | "min" | "max";
    readonly left: Tree;
    readonly right: Tree;
  }
  | { readonly kind: "halved"; readonly of: Tree; readonly by: number };

const step = fc.constantFrom(-3, -2, -1, -1, 0, 0, 1, 1, 1, 2);

const read: fc.Arbitrary<Tree> = fc.record({
  kind: fc.constant("read" as const),
  input: fc.nat(1),
  outside: fc.oneof(fc.constant(null), fc.integer({ min: -3, max: 3 })),
  shift: fc.integer({ min: -2, max: 2 }),
});
const simple = fc.constantFrom("add" as const, "sub" as const, "min" as const, "max" as const);
const number = fc.integer({ min: -4, max: 4 });
const leaf: fc.Arbitrary<Tree> = fc.oneof(
  read,
  fc.record({
    kind: fc.constant("scaled" as const),
    of: read,
    op: fc.constantFrom("add", "sub", "mul", "min", "max"),
    by: number,
  }),
  fc.record({ kind: fc.constant("halved" as const), of: read, by: fc.nat(3) }),
);
/** A product of two reads at most, so that sums are exact in float32. */
const tree: fc.Arbitrary<Tree> = fc.oneof(
  leaf,
  fc.record({
    kind: fc.constant("joined" as const),
    op: fc.constantFrom("mul", "add", "sub", "min", "max"),
    left: read,
    right: read,
  }),
  fc.record({ kind: fc.constant("joined" as const), op: simple, left: leaf, right: leaf }),
);

const extents = (maxLength: number, minLength = 0) =>
  fc.array(fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(9, 16, 17)), {
    minLength,
    maxLength,
  });

/** Such nests, each named `affine`. */
export const affineNest: fc.Arbitrary<Nest> = fc.record({
  spaces: extents(3, 1),
  reductions: extents(2),
  target: fc.constantFrom("f32" as const, "i32" as const, "f64" as const),
  inputs: fc.array(
    fc.record({
      dtype: fc.constantFrom("i8" as const, "u8" as const, "f32" as const),
      dimensions: fc.array(
        fc.record({ steps: fc.array(step, { minLength: 5, maxLength: 5 }), slack: fc.nat(2) }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { minLength: 2, maxLength: 2 },
  ),
  places: fc.array(
    fc.record({ step: fc.constantFrom(-2, -1, 1, 1, 1, 2), before: fc.nat(2), after: fc.nat(2) }),
    { minLength: 3, maxLength: 3 },
  ),
  value: tree,
  update: fc.constantFrom("add" as const, "add" as const, "max" as const, "set" as const),
  start: fc.option(fc.integer({ min: -9, max: 9 })),
  finish: fc.option(number),
}).filter(({ spaces, reductions }) => product(reductions) <= MOST_TERMS && product(spaces) <= 500)
  .map(nestOf)
  .filter(({ tensors }) => tensors.every(({ shape }) => product(shape) <= MOST_ELEMENTS));

/** Sums of so many products of bytes are exact in float32. */
const MOST_TERMS = 128;
const MOST_ELEMENTS = 20_000;

function product(extents: readonly number[]): number {
  return extents.reduce((product, extent) => product * extent, 1);
}

const NAMES = ["a", "b", "c", "k", "l"];

function nestOf(form: Form): Nest {
  const { spaces, reductions, places, inputs, target } = form;
  const axes = [
    ...spaces.map((extent, i) => [NAMES[i], extent] as const),
    ...reductions.map((extent, i) => [NAMES[3 + i], extent] as const),
  ];
  const sizes = new Map(axes);
  const placed = spaces.map((_, i) => {
    const { step, before, after } = places[i];
    return dimensionOf({ [NAMES[i]]: step }, sizes, { before, after });
  });
  const isFloat = target !== "i32";
  const given = inputs.map(({ dtype, dimensions }, i) => ({
    name: `X${i}`,
    // Floats are not made integers.
    dtype: isFloat || dtype !== "f32" ? dtype : "i8" as const,
    dimensions: dimensions.map(({ steps, slack }) => (
      dimensionOf(Object.fromEntries(axes.map(([name], at) => [name, steps[at]])), sizes, {
        before: 0,
        after: slack,
      })
    )),
  }));
  const reduces = reductions.some((extent) => extent > 1);
  const update = reduces && form.update === "set" ? "add" : form.update;
  const start = update === "set" ? null : form.start;
  const finish = start === null || reductions.length === 0 ? null : form.finish;
  return defineNest({
    name: "affine",
    extents: Object.fromEntries(axes),
    tensors: [
      ...given.map(({ name, dtype, dimensions }) => (
        { name, dtype, shape: dimensions.map(({ extent }) => extent), role: "input" as const }
      )),
      { name: "Y", dtype: target, shape: placed.map(({ extent }) => extent), role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: placed.map(({ index }) => index) },
      update,
      value: exprOf(form.value, { given, isFloat }),
      ...start !== null && { start },
      ...finish !== null && {
        finish: binary("max", binary("sub", { kind: "sum" }, constant(finish)), constant(-100)),
      },
    },
  });
}

interface Dimension {
  readonly index: Affine;
  readonly extent: number;
}

/** The index from 0 on, and the extent that it needs. */
function dimensionOf(
  terms: Readonly<Record<string, number>>,
  sizes: ReadonlyMap<string, number>,
  { before, after }: { readonly before: number; readonly after: number },
): Dimension {
  const { least, most } = affineRange(affine(terms), sizes);
  return { index: affine(terms, before - least), extent: before + most - least + 1 + after };
}

interface Scope {
  readonly given: readonly { readonly name: string; readonly dimensions: readonly Dimension[] }[];
  readonly isFloat: boolean;
}

function exprOf(tree: Tree, scope: Scope): Expr {
  switch (tree.kind) {
    case "read":
      return { kind: "read", access: accessOf(tree, scope) };
    case "scaled":
      return binary(tree.op, exprOf(tree.of, scope), constant(tree.by));
    case "joined":
      return binary(tree.op, exprOf(tree.left, scope), exprOf(tree.right, scope));
    case "halved":
      // Only integers are shifted.
      return scope.isFloat
        ? binary("mul", constant(tree.by), exprOf(tree.of, scope))
        : binary("shr", exprOf(tree.of, scope), constant(tree.by));
  }
}

/** With a value outside, the first index may reach beyond the tensor at either end. */
function accessOf(
  { input, outside, shift }: Extract<Tree, { kind: "read" }>,
  { given }: Scope,
): Access {
  const { name, dimensions } = given[input % given.length];
  const index = dimensions.map(({ index }, at) => (
    outside === null || at > 0 ? index : affine(index.terms, index.offset + shift)
  ));
  return { tensor: name, index, ...outside !== null && { outside } };
}

function binary(op: Extract<Expr, { kind: "binary" }>["op"], left: Expr, right: Expr): Expr {
  return { kind: "binary", op, left, right };
}

function constant(value: number): Expr {
  return { kind: "constant", value };
}
