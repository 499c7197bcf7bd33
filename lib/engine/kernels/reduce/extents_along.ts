import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, constant } from "../../../kernel/values.ts";
import { elements } from "../../../model/shape.ts";

/** The lines of a tensor along an axis. */
export interface ExtentsAlong {
  /** Lines before the axis and behind it. */
  readonly outer: Value;
  readonly inner: Value;
  /** Elements of a line. */
  readonly depth: Value;
  /** Whether there is such an axis; null: it is known that there is. */
  readonly isAxis: Value | null;
}

/** What an axis, counted from either end, makes of a shape; it may be known at run time only. */
export function extentsAlong(
  b: KernelBuilder,
  given: Value,
  shape: readonly number[],
): ExtentsAlong {
  const rank = shape.length;
  const along = shape.map((depth, axis) => ({
    outer: elements(shape.slice(0, axis)),
    depth,
    inner: elements(shape.slice(axis + 1)),
  }));
  if (given.kind === "constant") {
    const axis = Number(given.value);
    const { outer, depth, inner } = along[axis < 0 ? axis + rank : axis];
    const [...extents] = [outer, depth, inner].map((extent) => constant(extent));
    return { outer: extents[0], depth: extents[1], inner: extents[2], isAxis: null };
  }
  const axis = b.let("axis", choose(apply("i32.lt_s", [given, 0]), add(given, rank), given));
  const chosen = (what: "outer" | "depth" | "inner") => {
    const values = along.map((each) => constant(each[what]));
    return b.let(
      what,
      values.reduce((so, value, i) => choose(apply("i32.eq", [axis, i]), value, so)),
    );
  };
  return {
    outer: chosen("outer"),
    depth: chosen("depth"),
    inner: chosen("inner"),
    isAxis: apply("i32.lt_u", [axis, rank]),
  };
}
