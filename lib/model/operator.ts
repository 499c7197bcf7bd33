import type { AttributeValue } from "./attributes.ts";
import type { OperatorDefinition } from "./operator_definition.ts";
import type { operatorDefinitions } from "./operators/registry.ts";

/**
 * Name of an operator that is read into a type of its own.
 *
 * @category Models
 */
export type OperatorName = keyof typeof operatorDefinitions;

/**
 * The attributes of every operator that is read into a type of its own, by operator name.
 *
 * @category Models
 */
export type OperatorAttributes = {
  readonly [Name in OperatorName]: (typeof operatorDefinitions)[Name] extends
    OperatorDefinition<infer Attributes, never> ? Attributes : never;
};

/**
 * What every operator has.
 *
 * @category Models
 */
export interface OperatorBase {
  /** Tensor indices read, in the operator's order; -1 for an optional input that is left out. */
  readonly inputs: readonly number[];
  /** Tensor indices written. */
  readonly outputs: readonly number[];
  /** Version of the operator as TFLite counts them (an int8 CONV_2D is version 3). */
  readonly version: number;
  /** Tensors that the operator uses internally, if the file lists any. */
  readonly intermediates?: readonly number[];
  /** Which inputs are state that the operator changes, if the file tells. */
  readonly mutatingVariableInputs?: readonly boolean[];
}

/**
 * An operator with a type of its own.
 *
 * @category Models
 */
export interface TypedOperator<Name extends OperatorName> extends OperatorBase {
  /** TFLite's name of the operator; of a custom one the name in the file. */
  readonly op: Name;
  /** What the operator does beyond its tensors. */
  readonly attributes: OperatorAttributes[Name];
  /** Options of a custom operator as they stand in the file; left out: the attributes alone. */
  readonly customOptions?: Uint8Array | null;
}

/**
 * Any other operator, kept so that it can be planned, named and written back. A custom operator may
 * read tensors that nothing writes: they are scratch memory of its own.
 *
 * @category Models
 */
export interface OpaqueOperator extends OperatorBase {
  /** Tells it from the typed ones. */
  readonly op: "OPAQUE";
  /** TFLite's name (`WHILE`), the custom code of a custom operator, or `BUILTIN_<code>`. */
  readonly opName: string;
  /** TFLite's `BuiltinOperator` number; 32 for a custom operator. */
  readonly code: number;
  /** Name of the option table in the TFLite schema (`WhileOptions`); null if there is none. */
  readonly optionTable: string | null;
  /** Fields of the option table by name, in camel case. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Options of a custom operator, as they stand in the file; null if there are none. */
  readonly customOptions: Uint8Array | null;
}

/**
 * One operator of the graph. `op` tells which; a comparison of it narrows `attributes`.
 *
 * @example
 * ```ts
 * import type { Operator } from "tinyloom";
 *
 * export function strideOf(operator: Operator): number {
 *   return operator.op === "CONV_2D" ? operator.attributes.strideH : 1;
 * }
 * ```
 *
 * @category Models
 */
export type Operator =
  | { readonly [Name in OperatorName]: TypedOperator<Name> }[OperatorName]
  | OpaqueOperator;

/**
 * The operator's name for people: `CONV_2D`, `WHILE`, or the code of a custom operator.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { operatorName } from "tinyloom";
 *
 * const relu = { op: "RELU", inputs: [0], outputs: [1], version: 1, attributes: {} } as const;
 * assert.equal(operatorName(relu), "RELU");
 * ```
 *
 * @category Models
 */
export function operatorName(operator: Operator): string {
  return operator.op === "OPAQUE" ? operator.opName : operator.op;
}
