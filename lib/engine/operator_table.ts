import { tableFromRows } from "../measure/table_from_rows.ts";
import { definitionOf } from "../model/definition_of.ts";
import { type Dtype, dtypes } from "../model/dtype.ts";
import type { OperatorName } from "../model/operator.ts";
import { operatorDefinitions } from "../model/operators/registry.ts";
import type { Table } from "../npm/arrow.ts";
import type { EngineOperator } from "./engine_operator.ts";
import { engineOperators } from "./operators/registry.ts";
import { MOVABLE } from "./reference/expect.ts";

/**
 * What the planner makes of an operator beside giving its output a place. `in place`: it may lie over
 * the input. `rolling`: it may run row by row in a segment. `view`: no byte moves; of operators that
 * move elements, where these lie in one piece on both sides.
 */
type PlannedAs = "in place" | "in place, rolling" | "in place, view" | "rolling" | "view";

/** What there is for one operator. */
export interface OperatorCoverage {
  /** TFLite's name. */
  readonly operator: OperatorName;
  /** What it does, in one line. */
  readonly description: string;
  /** The types that its data may have; none for operators without data. */
  readonly types: readonly Dtype[];
  /** Whether it is read into a type of its own; operators that are not stay as they are in the file. */
  readonly read: boolean;
  /** What the planner makes of it; null: its output gets a place and nothing else. */
  readonly planned: PlannedAs | null;
  /** Whether the reference interpreter runs it. */
  readonly reference: boolean;
  /** Whether the engine runs it. */
  readonly engine: boolean;
  /** Whether the engine has a kernel for it that works on vectors. */
  readonly vectors: boolean;
  /** Whether it is written as C, by the same kernels. */
  readonly c: boolean;
  /** Whether there is C of its own for processors with a DSP extension. */
  readonly dsp: boolean;
  /** Whether there is C of its own for processors with Helium. */
  readonly helium: boolean;
}

/** What there is for each operator, in the order of the registry. */
export function operatorCoverage(): readonly OperatorCoverage[] {
  return (Object.keys(operatorDefinitions) as OperatorName[]).map((operator) => {
    const engine = engineOperators[operator] as EngineOperator<OperatorName> | undefined;
    return {
      operator,
      description: definitionOf(operator).description,
      types: engine?.types ?? [],
      read: true,
      planned: plannedAs(operator),
      reference: engine !== undefined,
      engine: engine !== undefined,
      vectors: engine?.hasVectors ?? false,
      c: engine !== undefined,
      dsp: engine?.dsp !== undefined,
      helium: engine?.helium !== undefined,
    };
  });
}

/**
 * One row for each operator and type of its data: whether it is read, how it is planned, and what
 * runs it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { operatorTable } from "tinyloom";
 *
 * const rows = operatorTable().toArray().filter(({ operator }) => operator === "SVDF");
 * assert.deepEqual(rows.map(({ dtype }) => dtype), ["float32", "int8"]);
 * ```
 *
 * @category Engine
 */
export function operatorTable(): Table {
  const rows = operatorCoverage().flatMap(({ types, ...row }) =>
    (types.length === 0 ? [null] : types).map((dtype) => ({ ...row, dtype }))
  );
  return tableFromRows(rows, {
    columns: {
      operator: "name",
      dtype: "name",
      read: "boolean",
      planned: "name",
      reference: "boolean",
      engine: "boolean",
      vectors: "boolean",
      c: "boolean",
      dsp: "boolean",
      helium: "boolean",
      description: "name",
    },
  });
}

function plannedAs(operator: OperatorName): PlannedAs | null {
  const { access, moves, rows } = definitionOf(operator);
  if (moves !== undefined) return "in place, view";
  if (rows !== undefined) return "in place";
  switch (access.kind) {
    case "elementwise":
      return "in place, rolling";
    case "rows":
      return "in place";
    case "window":
      return access.over === "image" ? "in place, rolling" : "in place";
    case "view":
      return "view";
    default:
      // Over rows and columns it is a pool of the whole image.
      return operator === "MEAN" ? "rolling" : null;
  }
}

const ORDER: readonly Dtype[] = [...new Set([...MOVABLE, ...dtypes])];

const SHORT: Partial<Record<Dtype, string>> = {
  float16: "f16",
  float32: "f32",
  float64: "f64",
  int4: "i4",
  int8: "i8",
  uint8: "u8",
  int16: "i16",
  uint16: "u16",
  int32: "i32",
  uint32: "u32",
  int64: "i64",
  uint64: "u64",
};

/**
 * Types in few letters, e.g. `f32 i8`; `any` for all that elements are moved of, and `any but ...`
 * where that is shorter.
 */
export function shortTypes(types: readonly Dtype[]): string {
  const missing = MOVABLE.filter((dtype) => !types.includes(dtype));
  if (missing.length === 0) return "any";
  const listed = inLetters(types);
  const others = `any but ${inLetters(missing)}`;
  return others.length < listed.length ? others : listed;
}

/** What `any` stands for. */
export function anyType(): string {
  return inLetters(MOVABLE);
}

function inLetters(types: readonly Dtype[]): string {
  return ORDER.filter((dtype) => types.includes(dtype)).map((dtype) => SHORT[dtype] ?? dtype)
    .join(" ");
}
