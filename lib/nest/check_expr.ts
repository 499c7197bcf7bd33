import { anyNumber, dictionary, type Form, list, optional, record, text } from "../form.ts";
import { dtypeBytes, isFloat, type NestDtype, nestDtypes } from "./dtype.ts";
import type { Access, Expr, Statement, Tensor } from "./nest.ts";

/** What an expression is checked against. */
interface Where {
  /** The tensor that is updated. */
  readonly target: Tensor;
  /** Dtype of its sums. */
  readonly dtype: NestDtype;
  /** Whether it finishes a sum. */
  readonly finishes: boolean;
}

/**
 * Checks what a statement computes: dtypes, whole numbers, and that only `finish` uses what only a
 * complete sum has.
 *
 * @throws {RangeError} a number is not whole or too large, or a shift out of range.
 * @throws {TypeError} a kind or dtype is out of place.
 */
export function checkStatement(name: string, body: Statement, target: Tensor): void {
  if (body.target.outside !== undefined) {
    throw new TypeError(`Cannot define ${name}: nothing is written outside "${target.name}"`);
  }
  const dtype = body.sum ?? target.dtype;
  checkOneOf(dtype, nestDtypes, `dtype of the sums of ${name}`);
  checkExpr(body.value, { target, dtype, finishes: false });
  checkStart(name, body, target);
  if (body.finish === undefined) {
    if (dtype === target.dtype) return;
    throw new TypeError(
      `Cannot define ${name}: its sums are ${dtype} and "${target.name}" is ${target.dtype}; ` +
        `say in "finish" what becomes of them`,
    );
  }
  if (body.start === undefined) {
    throw new TypeError(
      `Cannot define ${name}: a sum that is finished must "start" from a number, since ` +
        `"${target.name}" does not hold sums`,
    );
  }
  if (isFloat(dtype) ? dtype !== target.dtype : isFloat(target.dtype)) {
    throw new TypeError(
      `Cannot define ${name}: sums of ${dtype} are not stored as ${target.dtype}`,
    );
  }
  checkExpr(body.finish, { target, dtype, finishes: true });
}

/** Checks that an access of `dtype` can be read where sums of another dtype are computed. */
export function checkWidens(
  name: string,
  read: Tensor,
  into: Pick<Tensor, "name" | "dtype">,
): void {
  // Arithmetic happens in the dtype of the sums; floats are neither narrowed nor made integers.
  const widens = !isFloat(read.dtype) ||
    (isFloat(into.dtype) && dtypeBytes(read.dtype) <= dtypeBytes(into.dtype));
  if (widens) return;
  throw new TypeError(
    `Cannot define ${name}: "${into.name}" is ${into.dtype}, which cannot hold what ` +
      `"${read.name}" holds, ${read.dtype}`,
  );
}

/** Multipliers and shifts of an expression. */
export function scalesOf(expr: Expr): readonly Access[] {
  if (expr.kind === "requantize") return [...scalesOf(expr.value), expr.multiplier, expr.shift];
  return expr.kind === "binary" ? [...scalesOf(expr.left), ...scalesOf(expr.right)] : [];
}

/** Checks that a word is one of those that are known. */
export function checkOneOf(found: string, known: readonly string[], what: string): void {
  if (!known.includes(found)) {
    throw new TypeError(`The ${what} must be one of ${known.join(", ")}, found "${found}"`);
  }
}

function checkExpr(expr: Expr, where: Where): void {
  const kinds = ["read", "constant", "binary", ...where.finishes ? ["sum", "requantize"] : []];
  checkOneOf(expr.kind, kinds, "kind of an expression");
  const number = expr.kind === "constant"
    ? expr.value
    : expr.kind === "read"
    ? expr.access.outside ?? 0
    : 0;
  if (!isFloat(where.dtype) && !isInt32(number)) {
    throw new RangeError(
      `Arithmetic in ${where.dtype} needs whole numbers of 32 bits, found ${number}`,
    );
  }
  if (expr.kind === "requantize") {
    if (where.dtype !== "i32") {
      throw new TypeError(`Only sums of i32 are requantized, but these are ${where.dtype}`);
    }
    checkExpr(expr.value, where);
  }
  if (expr.kind !== "binary") return;
  checkOneOf(expr.op, ["add", "sub", "mul", "min", "max", "shr"], "operation");
  if (expr.op === "shr") checkShift(expr.right, where);
  checkExpr(expr.left, where);
  checkExpr(expr.right, where);
}

const mostShift = 31;

function checkShift(by: Expr, { target, dtype }: Where): void {
  if (isFloat(dtype)) {
    throw new TypeError(`Only integers can be shifted, but "${target.name}" is ${dtype}`);
  }
  if (by.kind !== "constant" || by.value < 0 || by.value > mostShift) {
    throw new RangeError(
      `A shift must be by a constant from 0 to ${mostShift}, found ${
        by.kind === "constant" ? by.value : `a ${by.kind}`
      }`,
    );
  }
}

function checkStart(name: string, { start, update, sum }: Statement, target: Tensor): void {
  if (start === undefined) return;
  if (update === "set") {
    throw new TypeError(`Cannot define ${name}: what is "set" starts from nothing`);
  }
  const dtype = sum ?? target.dtype;
  if (!isFloat(dtype) && !isInt32(start)) {
    throw new RangeError(
      `A sum in ${dtype} must start from a whole number of 32 bits, found ${start}`,
    );
  }
}

function isInt32(number: number): boolean {
  return (number | 0) === number;
}

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

// Names become variables of the JavaScript that a nest is written as.
const reserved = new Set(
  ("arguments await break case catch class const continue debugger default delete do else enum " +
    "eval export extends false finally for function if implements import in instanceof interface " +
    "let new null package private protected public return static super switch this throw true " +
    "try typeof var void while with yield Math").split(" "),
);

/**
 * Checks that a name can be a variable.
 *
 * @throws {TypeError} it is no identifier, or a word of JavaScript.
 */
export function checkName(name: string, what: string): void {
  if (typeof name !== "string" || !identifier.test(name)) {
    throw new TypeError(`Cannot name a ${what} "${name}": use a letter, then letters, digits or _`);
  }
  if (reserved.has(name)) {
    throw new TypeError(`Cannot name a ${what} "${name}": it is a word of JavaScript`);
  }
}

const affineForm = record({ terms: dictionary(anyNumber), offset: anyNumber });
const access = record({ tensor: text, index: list(affineForm), outside: optional(anyNumber) });
const expr: Form = (value, path) =>
  record({ kind: text })(value, path) ?? exprOf(value)(value, path);
const exprForms: Readonly<Record<string, Form>> = {
  read: record({ access }),
  constant: record({ value: anyNumber }),
  requantize: record({ value: expr, multiplier: access, shift: access }),
  binary: record({ op: text, left: expr, right: expr }),
};

// Of a kind that there is not, the check of expressions tells.
function exprOf(value: unknown): Form {
  const { kind } = value as { readonly kind: string };
  return Object.hasOwn(exprForms, kind) ? exprForms[kind] : () => null;
}

// What a size is, a check of its own tells.
const size: Form = () => null;
const definition = record({
  name: text,
  shape: optional(text),
  extents: dictionary(size),
  tensors: list(record({ name: text, dtype: text, shape: list(size), role: text })),
  body: record({
    target: access,
    update: text,
    value: expr,
    start: optional(anyNumber),
    sum: optional(text),
    finish: optional(expr),
  }),
});

/**
 * The definition of a nest, if it has the form of one, as from JSON it may not.
 *
 * @throws {TypeError} with the path to the first field that has not.
 */
export function wellFormed<Definition>(given: Definition): Definition {
  const wrong = definition(given, "$");
  if (wrong !== null) throw new TypeError(`This defines no nest: ${wrong}`);
  return given;
}
