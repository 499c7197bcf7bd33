import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, asValue, constant, mul } from "../../../kernel/values.ts";
import type { Layer, PlacedTensor } from "../../layer.ts";
import type { WeightedOperation } from "../../reference/arithmetic.ts";
import { elementType, type Numbers } from "./layer_numbers.ts";
import { scalarDot, type Stream } from "./scalar_dot.ts";
import { sumArithmetic, type SumNumbers, sumTables } from "./sum_arithmetic.ts";
import { noNumbers, quantizedNumbers } from "./weighted_layer.ts";

/** Sums of products of an operator that walks in its own way, one output element at a time. */
export interface PlainSums {
  /** Begins a sum. */
  readonly begin: (b: KernelBuilder) => Value;
  /** Adds products of so many elements, which lie `stepElements` apart. */
  readonly add: (b: KernelBuilder, sum: Value, run: SumRun) => void;
  /** Bias, rescaling, activation, and the store of element `index`. */
  readonly store: (b: KernelBuilder, sum: Value, place: { o: Value; index: Value }) => void;
  readonly code: readonly KernelCode[];
}

/** Elements of both operands that are multiplied. */
export interface SumRun {
  /** Bytes into each operand. */
  readonly x: Value;
  readonly w: Value;
  readonly count: number;
  readonly xStep?: number;
  readonly wStep?: number;
}

/** The arithmetic of `weightArithmetic` in scalars, the layer's numbers as constants. */
export function plainSums(
  layer: Layer,
  operation: WeightedOperation,
  { x, w, bias, hasActivation = true }: {
    readonly x: PlacedTensor;
    readonly w: PlacedTensor;
    readonly bias: PlacedTensor | null;
    /** Whether float32 is clamped. */
    readonly hasActivation?: boolean;
  },
): PlainSums {
  const isFloat = operation.input.dtype === "float32";
  const channels = operation.weights.shape[operation.channelAxis];
  const weighted = {
    grouping: { groups: 1, depth: 1, filters: channels },
    tapStep: 1,
    filterStep: 1,
    operation,
    weights: w.region,
    bias: bias && { region: bias.region, tensor: bias.tensor },
  };
  const tables = sumTables(layer, weighted, { codeGeneration: true });
  const arithmetic = sumArithmetic(weighted, tables, numbersOf(operation, tables));
  const [from, by, to] = [x.tensor, w.tensor, operation.output].map(({ dtype }) =>
    elementType(dtype)
  );
  const stream = (
    b: KernelBuilder,
    { region }: PlacedTensor,
    { type, offset, step }: { type: typeof from; offset: Value; step: number },
  ): Stream => ({
    region,
    load: type.load,
    pointer: b.let("at", add(start(region), offset)),
    stepBytes: constant(step * type.bytes),
    apartBytes: 0,
  });
  return {
    begin: (b) => b.let("sum", arithmetic.zero),
    add: (b, sum, { x: left, w: right, count, xStep = 1, wStep = 1 }) =>
      scalarDot(b, {
        sums: [[sum]],
        x: stream(b, x, { type: from, offset: left, step: xStep }),
        w: stream(b, w, { type: by, offset: right, step: wStep }),
        length: constant(count),
        unroll: 4,
        arithmetic,
      }),
    store: (b, sum, { o, index }) => {
      const { region } = layer.outputs[0];
      const total = arithmetic.addBias(b, sum, o);
      const scaled = isFloat ? total : arithmetic.rescale(b, b.let("total", total), o);
      const y = isFloat && !hasActivation ? scaled : arithmetic.clamp(b, scaled);
      b.store(to.store, { region, address: add(start(region), mul(index, to.bytes)) }, y);
    },
    code: tables.code,
  };
}

function numbersOf(
  operation: WeightedOperation,
  { bias, factors }: { readonly bias: Region | null; readonly factors: Region | null },
): Numbers<SumNumbers> {
  const numbers = operation.input.dtype === "float32" ? noNumbers : quantizedNumbers(operation);
  const constants = Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [name, constant(value)]),
  ) as unknown as Numbers<typeof noNumbers>;
  const place = (region: Region | null) => region === null ? asValue(0) : start(region);
  return { ...constants, bias: place(bias), factors: place(factors) };
}
