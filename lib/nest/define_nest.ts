import { shown } from "../host.ts";
import { checkName, checkOneOf, checkStatement, checkWidens, scalesOf } from "./check_expr.ts";
import { wellFormed } from "./check_expr.ts";
import { dtypeBytes, type NestDtype, nestDtypes } from "./dtype.ts";
import type { Access, Axis, Expr, Nest, Statement, Tensor } from "./nest.ts";
import { affineRange } from "./affine.ts";

/**
 * What a nest computes, before any schedule.
 *
 * @category Loop nests
 */
export interface NestDefinition {
  /** What the nest computes, as errors and records call it. */
  readonly name: string;
  /** The sizes as people write them, such as `640x12800x640`; default: the extents. */
  readonly shape?: string;
  /** Extent of every axis, in the order of the plain loops, outermost first. */
  readonly extents: Readonly<Record<string, number>>;
  /** All inputs, and the output. */
  readonly tensors: readonly Tensor[];
  /** The statement for one point of the axes. */
  readonly body: Statement;
}

const largestBytes = 2 ** 31;

/** Loops count, and coordinates are compared, in int32. */
const largestIndex = 2 ** 31 - 1;

/**
 * Makes a plain nest, one loop per axis, from its definition, after checking it.
 *
 * @throws {RangeError} an extent or shape is not a positive integer, an index leaves its tensor, or
 * the tensors need more memory than WebAssembly has.
 * @throws {TypeError} a name is unknown or not an identifier, or two points update the same element
 * without being a reduction.
 *
 * @example
 * ```ts
 * import { affine, defineNest, pseudocode } from "tinyloom";
 *
 * const copy = defineNest({
 *   name: "double",
 *   extents: { i: 8 },
 *   tensors: [
 *     { name: "X", dtype: "f32", shape: [8], role: "input" },
 *     { name: "Y", dtype: "f32", shape: [8], role: "output" },
 *   ],
 *   body: {
 *     target: { tensor: "Y", index: [affine("i")] },
 *     update: "set",
 *     value: {
 *       kind: "binary",
 *       op: "mul",
 *       left: { kind: "constant", value: 2 },
 *       right: { kind: "read", access: { tensor: "X", index: [affine("i")] } },
 *     },
 *   },
 * });
 * pseudocode(copy);
 * ```
 *
 * @category Loop nests
 */
export function defineNest(definition: NestDefinition): Nest {
  const { name, extents, tensors, body } = wellFormed(definition);
  for (const [axis, extent] of Object.entries(extents)) {
    checkName(axis, "axis");
    checkSize(extent, `extent of axis "${axis}"`, largestIndex);
  }
  for (const tensor of tensors) {
    checkName(tensor.name, "tensor");
    if (tensor.name in extents || tensors.filter(({ name }) => name === tensor.name).length > 1) {
      throw new TypeError(`Cannot define ${name}: two things in it are called "${tensor.name}"`);
    }
    checkOneOf(tensor.dtype, nestDtypes, `dtype of "${tensor.name}"`);
    checkOneOf(tensor.role, ["input", "output"], `role of "${tensor.name}"`);
    tensor.shape.forEach((size, at) => checkSize(size, `dimension ${at} of "${tensor.name}"`));
  }
  const totalBytes = tensors.reduce((sum, t) => sum + elementsOf(t) * dtypeBytes(t.dtype), 0);
  if (totalBytes > largestBytes) {
    throw new RangeError(
      `Cannot define ${name}: its tensors take ${totalBytes} bytes, more than ${largestBytes}`,
    );
  }
  const sizes = new Map(Object.entries(extents));
  checkOneOf(body.update, ["add", "max", "set"], `update of ${name}`);
  const target = checkAccess(body.target, definition, sizes);
  if (target.role !== "output") {
    throw new TypeError(`Cannot define ${name}: target "${target.name}" is not an output`);
  }
  checkStatement(name, body, target);
  const sums = { name: target.name, dtype: sumDtype(definition) };
  for (const access of allReadsOf(body)) {
    const tensor = checkAccess(access, definition, sizes);
    if (tensor.role !== "input") {
      throw new TypeError(`Cannot define ${name}: it reads "${access.tensor}", which is an output`);
    }
    checkWidens(name, tensor, sums);
  }
  const axes = axesOf(definition);
  checkInjective(definition, axes);
  checkFinish(definition, axes);
  const shape = definition.shape ?? axes.map((axis) => axis.extent).join("x");
  const unscheduled = { loops: [], packs: [], staged: [], prefetched: [], accumulateAt: null };
  return plainNest({ name, shape, axes, tensors, body, ...unscheduled, steps: [] });
}

/** Every element that an expression reads, left to right. */
export function readsOf(expr: Expr): readonly Access[] {
  switch (expr.kind) {
    case "read":
      return [expr.access];
    case "constant":
    case "sum":
      return [];
    case "requantize":
      return [...readsOf(expr.value), expr.multiplier, expr.shift];
    case "binary":
      return [...readsOf(expr.left), ...readsOf(expr.right)];
  }
}

/** Everything that a statement reads, as it sums and as it finishes. */
export function allReadsOf({ value, finish }: Statement): readonly Access[] {
  return [...readsOf(value), ...finish ? readsOf(finish) : []];
}

/** Number of elements of a tensor. */
export function elementsOf(tensor: Pick<Tensor, "shape">): number {
  return tensor.shape.reduce((product, size) => product * size, 1);
}

function axesOf({ extents, body }: NestDefinition): readonly Axis[] {
  return Object.entries(extents).map(([name, extent]) => ({
    name,
    extent,
    role: body.target.index.some((index) => index.terms[name]) ? "space" : "reduction",
  }));
}

function checkSize(size: number, what: string, most = largestBytes): void {
  if (!Number.isInteger(size) || size < 1 || size > most) {
    throw new RangeError(`The ${what} must be an integer from 1 to ${most}, found ${size}`);
  }
}

function checkAccess(
  access: Access,
  { name, tensors }: NestDefinition,
  extents: ReadonlyMap<string, number>,
): Tensor {
  const tensor = tensors.find((candidate) => candidate.name === access.tensor);
  if (!tensor) throw new TypeError(`Cannot define ${name}: no tensor is called "${access.tensor}"`);
  if (access.index.length !== tensor.shape.length) {
    throw new TypeError(
      `Cannot index "${tensor.name}" by ${access.index.length} numbers: it has ${tensor.shape.length} dimensions`,
    );
  }
  access.index.forEach((index, dimension) => {
    for (const axis in index.terms) {
      if (!extents.has(axis)) {
        throw new TypeError(`Cannot index "${tensor.name}" by "${axis}": no such axis`);
      }
    }
    const numbers = [index.offset, ...Object.values(index.terms)];
    if (!numbers.every(Number.isInteger)) {
      throw new RangeError(
        `An index of "${tensor.name}" must be made of whole numbers, found ${numbers.join(", ")}`,
      );
    }
    const { least, most } = affineRange(index, extents);
    if (least < -largestIndex || most > largestIndex) {
      throw new RangeError(
        `Dimension ${dimension} of "${tensor.name}" is read at ${least}..${most}, needed within ` +
          `${-largestIndex}..${largestIndex}`,
      );
    }
    if (access.outside === undefined && (least < 0 || most >= tensor.shape[dimension])) {
      throw new RangeError(
        `Dimension ${dimension} of "${tensor.name}" is read at ${least}..${most}, but has only 0..${
          tensor.shape[dimension] - 1
        }`,
      );
    }
  });
  return tensor;
}

// Each space axis alone in one target dimension: then different points update different elements.
function checkInjective({ name, body }: NestDefinition, axes: readonly Axis[]): void {
  for (const axis of axes.filter((candidate) => candidate.role === "space")) {
    const homes = body.target.index.filter((index) => index.terms[axis.name]);
    const alone = homes.length === 1 && Object.values(homes[0].terms).filter((c) => c).length === 1;
    if (!alone) {
      throw new TypeError(
        `Cannot define ${name}: axis "${axis.name}" must index one dimension of the target alone`,
      );
    }
  }
  const reduces = axes.some((axis) => axis.role === "reduction" && axis.extent > 1);
  if (reduces && body.update === "set") {
    throw new TypeError(`Cannot define ${name}: a reduction must "add" or "max", not "set"`);
  }
}

// A complete sum no longer knows the points that it was summed over.
function checkFinish({ name, body, tensors }: NestDefinition, axes: readonly Axis[]): void {
  if (!body.finish) return;
  if (!axes.some(({ role }) => role === "reduction")) {
    throw new TypeError(`Cannot define ${name}: it finishes sums, but has no reduction`);
  }
  for (const { tensor, index } of readsOf(body.finish)) {
    const reduction = axes.find((axis) =>
      axis.role === "reduction" && index.some(({ terms }) => terms[axis.name])
    );
    if (reduction) {
      throw new TypeError(
        `Cannot define ${name}: "${tensor}" is read at "${reduction.name}" where a sum over it is complete`,
      );
    }
  }
  for (const { tensor } of scalesOf(body.finish)) {
    const { dtype } = tensors.find((each) => each.name === tensor)!;
    if (dtype === "i32") continue;
    throw new TypeError(`Multipliers and shifts must be i32, but "${tensor}" is ${dtype}`);
  }
}

/** The same computation with its schedule taken off: one loop per axis, in the order of the axes. */
export function plainNest(nest: Nest): Nest {
  return shown({
    ...nest,
    loops: nest.axes.map((axis) => (
      { name: axis.name, axis: axis.name, step: 1, unroll: 1, mode: "serial" }
    )),
    packs: [],
    staged: [],
    prefetched: [],
    accumulateAt: null,
    steps: [],
  }, "nest");
}

/** Dtype of a nest's sums, in which its arithmetic happens. */
export function sumDtype({ body, tensors }: Pick<Nest, "body" | "tensors">): NestDtype {
  return body.sum ?? tensors.find((tensor) => tensor.name === body.target.tensor)!.dtype;
}
