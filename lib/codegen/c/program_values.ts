import { isFloat, type NestDtype } from "../../nest/dtype.ts";
import type { BinaryOp } from "../../nest/nest.ts";
import type { Compute, Expression, Ref, Width } from "../program.ts";
import { position } from "../javascript_values.ts";
import { bare } from "./print_value.ts";
import { elementTypes, type VectorFunctions } from "./vector_functions.ts";

/** Where a line of C stands. */
export interface CScope {
  readonly indent: string;
  readonly dtypes: ReadonlyMap<string, NestDtype>;
  /** Elements per step of the loops around. */
  readonly steps: ReadonlyMap<string, number>;
  /** What a loop or a buffer is called in C. */
  readonly nameOf: (name: string) => string;
  readonly functions: VectorFunctions;
}

/** What a value is computed as, and for which sum. */
interface Kind extends Pick<Compute, "dtype" | "width"> {
  /** What a sum that is finished has come to. */
  readonly sum?: string;
}

/** An expression for all lanes of a width. */
export function valueText(value: Expression, kind: Kind, scope: CScope): string {
  const { dtype, width } = kind;
  const { functions } = scope;
  switch (value.kind) {
    case "constant":
      return width.lanes === 1
        ? numberText(value.value, dtype)
        : `${functions.splat(dtype, width.lanes)}(${numberText(value.value, dtype)})`;
    case "sum":
      return kind.sum!;
    case "load":
      return loadText(value.ref, kind, scope);
    case "requantize": {
      const given = [value.value, value.multiplier, value.shift]
        .map((each) => bare(valueText(each, kind, scope)));
      return `${functions.requantize(width.lanes)}(${given.join(", ")})`;
    }
    case "pair":
    case "use":
      throw new TypeError(`A value of kind ${value.kind} has no place in this expression`);
    case "binary": {
      const [left, right] = [value.left, value.right].map((each) => valueText(each, kind, scope));
      return operatorText(value.op, [left, right], kind, scope);
    }
  }
}

/** A sum to which products of two or four members are added in each lane; null: it is no such sum. */
export function dotText(
  sum: string,
  { value, width, dtype, isSigned = false }: Pick<
    Compute,
    "value" | "width" | "dtype" | "isSigned"
  >,
  scope: CScope,
): string | null {
  if (width.group === 1 || value.kind !== "binary" || value.op !== "mul") return null;
  if (width.lanes === 1 || dtype !== "i32") return sumOfProducts(sum, value, width, scope);
  const [left, right] = [value.left, value.right].map((factor) => {
    if (factor.kind === "constant") {
      return `${scope.functions.splat("u8", width.lanes * width.group)}(${factor.value})`;
    }
    if (factor.kind !== "load") throw new TypeError("a group is multiplied as it is loaded");
    const isRepeated = factor.ref.lane === 0;
    // What is behind a group does not matter where the factor that all lanes share has zeros.
    const isFilled = [value.left, value.right].some((each) =>
      each.kind === "load" && each.ref.lane === 0
    );
    const members = isFilled && !isRepeated ? width.group : width.members;
    return groupText(factor.ref, { ...width, members }, scope);
  });
  const dot = scope.functions.dot(width.group, { lanes: width.lanes, isSigned });
  return `${dot}(${sum}, ${left}, ${right})`;
}

function sumOfProducts(
  sum: string,
  { left, right }: Extract<Expression, { kind: "binary" }>,
  width: Width,
  scope: CScope,
): string {
  const one: Width = { ...width, group: 1, members: 1 };
  const kind: Kind = { dtype: "i32", width: one };
  let all = sum;
  for (let member = 0; member < width.members; member++) {
    const factors = [left, right].map((each) => valueText(memberOf(each, member), kind, scope));
    const product = operatorText("mul", factors as [string, string], kind, scope);
    all = operatorText("add", [all, product], kind, scope);
  }
  return all;
}

function memberOf(value: Expression, member: number): Expression {
  if (value.kind !== "load") return value;
  const { ref } = value;
  return { ...value, ref: { ...ref, offset: ref.offset + member * ref.member } };
}

/** The members of a group in every lane, as bytes or int16; those that are not there are zeros. */
function groupText(ref: Ref, { lanes, group, members, active }: Width, scope: CScope): string {
  const { functions } = scope;
  const from = scope.dtypes.get(ref.buffer)!;
  const dtype = group === 2 ? "i16" : ref.isUnsigned || from === "u8" ? "u8" : "i8";
  const type = functions.type(dtype, lanes * group);
  const isSame = from === dtype || (dtype === "u8" && from === "i8");
  const isWhole = members === group && ref.member === 1 && isSame;
  const turned = (text: string) =>
    ref.isUnsigned ? `(${text} ^ ${functions.splat("u8", lanes * group)}(128))` : text;
  if (isWhole && ref.lane === group) {
    const address = addressText(ref, 0, scope);
    return turned(
      active === lanes
        ? `(${type})${functions.load(from, lanes * group)}(${address})`
        : `(${type})${functions.loadFirst(from, lanes * group)}(${address}, ${active * group})`,
    );
  }
  if (isWhole && ref.lane === 0) {
    const group = functions.splatGroup(from as "i8", lanes);
    return turned(`(${type})${group}(${addressText(ref, 0, scope)})`);
  }
  if (ref.lane === 0 && ref.member === 1 && isSame && !ref.isUnsigned) {
    const some = functions.splatSome(from as "i8", lanes);
    return `(${type})${some}(${addressText(ref, 0, scope)}, ${members})`;
  }
  const one = ref.isUnsigned ? " + 128" : "";
  const each = Array.from({ length: lanes * group }, (_, i) => {
    const [lane, member] = [Math.floor(i / group), i % group];
    if (lane >= active || member >= members) return "0";
    return elementText(ref, lane * ref.lane + member * ref.member, scope) + one;
  });
  return `(${type}){${each.join(", ")}}`;
}

/** An operation on two expressions, rounded or wrapped as its dtype is. */
export function operatorText(
  op: BinaryOp,
  [left, right]: readonly [string, string] | readonly string[],
  { dtype, width }: Pick<Kind, "dtype" | "width">,
  { functions }: CScope,
): string {
  const infix = { add: "+", sub: "-", mul: "*", shr: null, min: null, max: null }[op];
  if (infix !== null && isFloat(dtype)) return `(${left} ${infix} ${right})`;
  return `${functions.operator(op, dtype, width.lanes)}(${bare(left)}, ${bare(right)})`;
}

/** What is loaded, or what is read outside the tensor. */
function loadText(ref: Ref, { dtype, width }: Kind, scope: CScope): string {
  const inside = loadedText(ref, { dtype, width }, scope);
  if (ref.guards.length === 0) return inside;
  const conditions = ref.guards.map(({ offset, strides, extent }) =>
    `(size_t)(${position(offset, strides, scope)}) < ${extent}`
  );
  const outside = valueText({ kind: "constant", value: ref.outside }, { dtype, width }, scope);
  return `(${conditions.join(" && ")} ? ${inside} : ${outside})`;
}

function loadedText(ref: Ref, { dtype, width }: Kind, scope: CScope): string {
  const { functions } = scope;
  const { lanes, active } = width;
  const from = scope.dtypes.get(ref.buffer)!;
  const added = ref.isUnsigned ? " + 128" : "";
  if (lanes === 1 || ref.lane === 0) {
    const element = elementText(ref, 0, scope) + added;
    const text = from === dtype && added === "" ? element : `(${elementTypes[dtype]})(${element})`;
    return lanes === 1 ? text : `${functions.splat(dtype, lanes)}(${text})`;
  }
  const type = functions.type(dtype, lanes);
  if (ref.lane !== 1 || added !== "") {
    const each = Array.from(
      { length: lanes },
      (_, lane) => lane < active ? elementText(ref, lane * ref.lane, scope) + added : "0",
    );
    return `(${type}){${each.join(", ")}}`;
  }
  const address = addressText(ref, 0, scope);
  const loaded = active === lanes
    ? `${functions.load(from, lanes)}(${address})`
    : `${functions.loadFirst(from, lanes)}(${address}, ${active})`;
  return from === dtype ? loaded : `${functions.convert(from, dtype, lanes)}(${loaded})`;
}

/** The line that stores a value of all lanes. */
export function storeText(
  ref: Ref,
  { value, dtype, width }: Kind & { readonly value: string },
  scope: CScope,
): string {
  const { functions } = scope;
  const { lanes, active } = width;
  const to = scope.dtypes.get(ref.buffer)!;
  if (lanes === 1) return `${elementText(ref, 0, scope)} = ${bare(value)};`;
  const type = functions.type(to, lanes);
  const stored = to === dtype
    ? bare(value)
    : `${functions.convert(dtype, to, lanes)}(${bare(value)})`;
  if (ref.lane !== 1) {
    const lines = Array.from(
      { length: active },
      (_, lane) => `${elementText(ref, lane * ref.lane, scope)} = v[${lane}];`,
    );
    return `{ ${type} v = ${stored}; ${lines.join(" ")} }`;
  }
  const address = addressText(ref, 0, scope);
  return active === lanes
    ? `${functions.store(to, lanes)}(${address}, ${stored});`
    : `${functions.storeFirst(to, lanes)}(${address}, ${stored}, ${active});`;
}

/** The line that asks for an element, which may lie beyond the buffer. */
export function prefetchText(ref: Ref, isWritten: boolean, scope: CScope): string {
  const buffer = scope.nameOf(ref.buffer);
  const type = elementTypes[scope.dtypes.get(ref.buffer)!];
  const at = position(ref.offset, ref.strides, scope);
  return `${scope.functions.prefetch()}((uintptr_t)${buffer} + sizeof(${type}) * (size_t)(${at}), ${
    Number(isWritten)
  });`;
}

/** An element of a buffer, so many elements behind the reference. */
export function elementText(ref: Ref, behind: number, scope: CScope): string {
  const at = position(ref.offset + behind, ref.strides, scope);
  return `${scope.nameOf(ref.buffer)}[${at}]`;
}

function addressText(ref: Ref, behind: number, scope: CScope): string {
  return `&${elementText(ref, behind, scope)}`;
}

/** A number as a constant of its type. */
export function numberText(value: number, dtype: NestDtype): string {
  if (!isFloat(dtype)) return value === -(2 ** 31) ? "INT32_MIN" : String(value);
  if (value === Infinity) return "HUGE_VALF";
  if (value === -Infinity) return "-HUGE_VALF";
  if (Number.isNaN(value)) return "NAN";
  const text = Object.is(value, -0) ? "-0" : String(value);
  return (/[.e]/.test(text) ? text : `${text}.0`) + (dtype === "f32" ? "f" : "");
}
