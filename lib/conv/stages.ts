import { defineNest, elementsOf } from "../nest/define_nest.ts";
import type { Access, BinaryOp, Expr, Nest } from "../nest/nest.ts";
import { type Affine, affine } from "../nest/affine.ts";
import type { PipelineBuffer, Stage } from "../nest/pipeline.ts";
import { vectorLanes } from "../schedule/dot_group.ts";
import { unroll } from "../schedule/unroll.ts";
import { vectorize } from "../schedule/vectorize.ts";

/** A stage whose tensors are the buffers of the same names, from their start. */
export function buildStage(
  title: string,
  nest: Nest,
  offsets: Readonly<Record<string, Affine>> = {},
): Stage {
  return { kind: "stage", title, nest, offsets };
}

/** One element, as part of an expression. */
export function read(tensor: string, index: readonly Affine[]): Expr {
  return { kind: "read", access: { tensor, index } };
}

/** Two values combined. */
export function binary(op: BinaryOp, left: Expr, right: Expr): Expr {
  return { kind: "binary", op, left, right };
}

/** A number. */
export function constantExpr(value: number): Expr {
  return { kind: "constant", value };
}

/** `target += left * right`, from zero. */
export function sumOfProducts(target: Access, left: Expr, right: Expr): Nest["body"] {
  return { target, update: "add", value: binary("mul", left, right), start: 0 };
}

/**
 * A sum of values times constants, written without multiplications by 1 and without zeros.
 *
 * @throws {RangeError} all constants are zero.
 */
export function weightedSum(coefficients: readonly number[], values: readonly Expr[]): Expr {
  const terms = coefficients.map((coefficient, at) => ({ coefficient, value: values[at] }))
    .filter(({ coefficient }) => coefficient !== 0);
  if (terms.length === 0) throw new RangeError("A weighted sum needs a constant that is not zero");
  // A sum that starts with what is added needs no negation.
  const first = Math.max(0, terms.findIndex(({ coefficient }) => coefficient > 0));
  const [start] = terms.splice(first, 1);
  const times = (coefficient: number, value: Expr) =>
    coefficient === 1 ? value : binary("mul", constantExpr(coefficient), value);
  return terms.reduce(
    (sum, { coefficient, value }) =>
      binary(coefficient < 0 ? "sub" : "add", sum, times(Math.abs(coefficient), value)),
    times(start.coefficient, start.value),
  );
}

const copies = 4;

/** The schedule of a nest that only streams: its innermost axis in vectors, several a pass. */
export function streamed(nest: Nest, axis: string): Nest {
  const vector = vectorize(nest, axis);
  const { extent } = nest.axes.find(({ name }) => name === axis)!;
  return extent >= 2 * copies * vectorLanes(nest) ? unroll(vector, axis, copies) : vector;
}

/** Sets every element of a buffer to one number. */
export function filled(
  { name, dtype, shape }: Pick<PipelineBuffer, "name" | "dtype" | "shape">,
  value: number,
): Nest {
  const elements = elementsOf({ shape });
  const nest = defineNest({
    name: "fill",
    extents: { e: elements },
    tensors: [{ name, dtype, shape: [elements], role: "output" }],
    body: {
      target: { tensor: name, index: [affine("e")] },
      update: "set",
      value: constantExpr(value),
    },
  });
  return streamed(nest, "e");
}
