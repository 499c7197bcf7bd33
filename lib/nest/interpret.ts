import { checkArguments, checkOptions } from "../check_arguments.ts";
import { lookedAfter, throwIfStopped } from "../host.ts";
import { multiplyByQuantizedMultiplier } from "../model/fixed_point.ts";
import { elementsOf, sumDtype } from "./define_nest.ts";
import { dtypeOf, leastOf, type TensorData, zeros } from "./dtype.ts";
import type { Access, Axis, Expr, Nest } from "./nest.ts";

/**
 * Options of `interpret`.
 *
 * @category Loop nests
 */
export interface InterpretOptions {
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/**
 * The plainest execution of a nest: every point of its axes, one after the other, in float64 (or
 * exact integers), schedule ignored. Slow and obviously right: what all fast code is checked against.
 *
 * @returns the outputs by name, starting from zero (from the least number for "max").
 *
 * @throws {TypeError} an input is missing, unknown, of the wrong type or of the wrong length.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { interpret, matmul } from "tinyloom";
 *
 * const nest = matmul({ m: 1, k: 2, n: 1 });
 * const { C } = interpret(nest, { A: Float32Array.of(2, 3), B: Float32Array.of(10, 100) });
 * assert.equal(C[0], 320);
 * ```
 *
 * @category Loop nests
 */
export function interpret(
  nest: Nest,
  inputs: Readonly<Record<string, TensorData>>,
  options: InterpretOptions = {},
): Record<string, Float64Array> {
  checkOptions("interpret", options, "signal");
  checkArguments("interpret", { nest });
  checkInputs(nest, inputs);
  return lookedAfter(null, () => interpretAll(nest, inputs), options);
}

/** Points between two looks whether it is to end. */
const POINTS_PER_LOOK = 4096;

function interpretAll(
  nest: Nest,
  inputs: Readonly<Record<string, TensorData>>,
): Record<string, Float64Array> {
  const { axes, tensors, body } = nest;
  const target = tensors.find((tensor) => tensor.name === body.target.tensor)!;
  const output = zeros("f64", elementsOf(target)) as Float64Array;
  output.fill(body.update === "max" ? leastOf(sumDtype(nest)) : 0);
  const at: Record<string, number> = {};

  const position = ({ tensor, index }: Access): number => {
    const { shape } = tensors.find((each) => each.name === tensor)!;
    let place = 0;
    for (let dimension = 0; dimension < shape.length; dimension++) {
      const { terms, offset } = index[dimension];
      let coordinate = offset;
      for (const axis in terms) coordinate += terms[axis] * at[axis];
      if (coordinate < 0 || coordinate >= shape[dimension]) return -1;
      place = place * shape[dimension] + coordinate;
    }
    return place;
  };
  const read = (access: Access): number => {
    const place = position(access);
    return place < 0 ? access.outside ?? 0 : inputs[access.tensor][place];
  };
  const evaluate = (expr: Expr): number => {
    if (expr.kind === "constant") return expr.value;
    if (expr.kind === "read") return read(expr.access);
    if (expr.kind === "sum") return output[position(body.target)];
    if (expr.kind === "requantize") {
      const factor = { multiplier: read(expr.multiplier), shift: read(expr.shift) };
      return multiplyByQuantizedMultiplier(evaluate(expr.value), factor);
    }
    const left = evaluate(expr.left);
    const right = evaluate(expr.right);
    switch (expr.op) {
      case "add":
        return left + right;
      case "sub":
        return left - right;
      case "mul":
        return left * right;
      case "shr":
        return Math.floor(left / 2 ** right);
      default:
        return Math[expr.op](left, right);
    }
  };
  let points = 0;
  const visit = (over: readonly Axis[], act: () => void): void => {
    if (over.length === 0) {
      if (points++ % POINTS_PER_LOOK === 0) throwIfStopped();
      return act();
    }
    const [{ name, extent }, ...inner] = over;
    for (at[name] = 0; at[name] < extent; at[name]++) visit(inner, act);
  };
  const spaces = axes.filter(({ role }) => role === "space");
  const { start } = body;
  // Elements that no point writes keep what they hold.
  if (start !== undefined) visit(spaces, () => output[position(body.target)] = start);
  visit(axes, () => {
    const place = position(body.target);
    const value = evaluate(body.value);
    if (body.update === "add") output[place] += value;
    else output[place] = body.update === "max" ? Math.max(output[place], value) : value;
  });
  const { finish } = body;
  if (finish) {
    visit(spaces, () => {
      output[position(body.target)] = evaluate(finish);
    });
  }
  return { [target.name]: output };
}

/**
 * Checks that arrays are what a nest reads.
 *
 * @throws {TypeError} an input is missing, unknown, of the wrong type or of the wrong length.
 */
export function checkInputs(nest: Nest, inputs: Readonly<Record<string, TensorData>>): void {
  const wanted = nest.tensors.filter((tensor) => tensor.role === "input");
  for (const name of Object.keys(inputs)) {
    if (!wanted.some((tensor) => tensor.name === name)) {
      throw new TypeError(
        `${nest.name} has no input "${name}", only ${wanted.map((each) => each.name).join(", ")}`,
      );
    }
  }
  for (const tensor of wanted) {
    const data = inputs[tensor.name];
    const length = elementsOf(tensor);
    if (data === undefined) {
      throw new TypeError(`Input "${tensor.name}" of ${nest.name} is missing`);
    }
    if (dtypeOf(data) !== tensor.dtype || data.length !== length) {
      throw new TypeError(
        `Input "${tensor.name}" of ${nest.name} must be ${tensor.dtype}[${length}], found ${
          nameOf(data)
        }`,
      );
    }
  }
}

function nameOf(data: TensorData): string {
  const dtype = dtypeOf(data);
  if (dtype) return `${dtype}[${data.length}]`;
  return Array.isArray(data) ? "a plain array" : data === null ? "null" : typeof data;
}
