// Operators of two operands and more, compiled, against the reference interpreter.
import * as fc from "fast-check";
import {
  type ConstantArray,
  createEngine,
  createPool,
  type Dtype,
  type Model,
  type ModelTensor,
  type OperatorName,
  run,
  runReference,
  type ThreadPool,
  zeroValues,
} from "../../mod.ts";
import { assert } from "../assert.ts";
import { elements } from "../../lib/model/shape.ts";
import { overlappingPlans } from "../engine/overlapping_plans.ts";
import { Numbers } from "../engine/random_layer.ts";
import { scales, zeroPoints } from "../engine/random_tensor.ts";
import { assertSameAsReference } from "../engine/same_as_reference.ts";
import { constant, single, tensor } from "../engine/single_operator.ts";

/** An operator, the types that its inputs may have, and that of its output where it is another. */
interface Case {
  readonly op: OperatorName;
  readonly dtypes: readonly Dtype[];
  readonly output?: Dtype;
  /** The largest exponent of scales of inputs. */
  readonly exponent?: number;
  readonly hasActivation?: boolean;
}

const COMPARED: readonly Dtype[] = ["float32", "int8", "int32", "int64"];
const comparison = (op: OperatorName, ...more: Dtype[]): Case => (
  { op, dtypes: [...COMPARED, ...more], output: "bool", exponent: -7 }
);

const CASES: readonly Case[] = [
  { op: "ADD", dtypes: ["int32"], hasActivation: true },
  { op: "SUB", dtypes: ["int32"], hasActivation: true },
  { op: "MUL", dtypes: ["int32"], hasActivation: true },
  { op: "DIV", dtypes: ["float32", "int32", "int8"], hasActivation: true },
  { op: "FLOOR_DIV", dtypes: ["float32"] },
  { op: "FLOOR_MOD", dtypes: ["float32"] },
  { op: "SQUARED_DIFFERENCE", dtypes: ["float32", "int32", "int8", "int16"] },
  { op: "PRELU", dtypes: ["float32", "int8", "int16"] },
  { op: "MAXIMUM", dtypes: ["float32", "int8", "int16", "int32", "int64"] },
  { op: "MINIMUM", dtypes: ["float32", "int8", "int16", "int32", "int64"] },
  { op: "LOGICAL_AND", dtypes: ["bool"] },
  { op: "LOGICAL_OR", dtypes: ["bool"] },
  { op: "SELECT_V2", dtypes: ["float32", "int8", "int16"] },
  { op: "ADD_N", dtypes: ["float32", "int8"] },
  comparison("EQUAL", "bool"),
  comparison("NOT_EQUAL", "bool"),
  comparison("GREATER", "int16"),
  comparison("GREATER_EQUAL"),
  comparison("LESS"),
  comparison("LESS_EQUAL"),
];

const QUANTIZED: readonly Dtype[] = ["int8", "int16"];

for (const each of CASES) {
  Deno.test(`a compiled ${each.op} is the reference's in any plan`, () => {
    const pool = createPool(2);
    try {
      const layers = fc.oneof(...each.dtypes.map((dtype) => layersOf(each, dtype)));
      fc.assert(fc.property(layers, (model) => check(model, pool)), { seed: 15, numRuns: 40 });
    } finally {
      pool[Symbol.dispose]();
    }
  });
}

function check({ model, seed }: { model: Model; seed: number }, pool: ThreadPool): void {
  const random = new Numbers(seed);
  const inputs = model.inputs.map((i) =>
    valuesOf(model.tensors[i], { random, isDivisor: isDivisor(model, i) })
  );
  assertSameAsReference(model, inputs, { plans: overlappingPlans(model), pool });
  // Every operation on floats is one that rounds once: the results are equal, not only close.
  const [expected] = runReference(model, inputs).outputs;
  for (const dsp of [false, true]) {
    using engine = createEngine(model, { dsp });
    const [found] = run(engine, inputs);
    expected.forEach((value, i) => {
      if (found[i] !== value) assert(Object.is(found[i], value), `${i}: ${found[i]}, not ${value}`);
    });
  }
}

function isDivisor({ operators: [{ op, inputs }] }: Model, tensor: number): boolean {
  return (op === "DIV" || op === "FLOOR_DIV") && inputs[1] === tensor;
}

/** Up to five dimensions, of which each operand has some, and some of these stretched; zero at times. */
function layersOf({ op, output, exponent = -5, hasActivation }: Case, dtype: Dtype) {
  const isQuantized = QUANTIZED.includes(dtype);
  const quantizations = Array.from({ length: 5 }, (_, i) =>
    isQuantized
      ? fc.tuple(
        scales(op === "DIV" && i === 4 ? -3 : exponent - 6),
        dtype === "int16" && op !== "GREATER" ? fc.constant(0) : zeroPoints(dtype),
      )
      : fc.constant(null));
  return fc.record({
    shape: fc.oneof(
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 0, maxLength: 5 }),
      fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 45 })),
    ),
    stretched: fc.array(fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), {
      minLength: 3,
      maxLength: 3,
    }),
    isSwapped: fc.boolean(),
    isConstant: fc.boolean(),
    terms: fc.integer({ min: 2, max: 4 }),
    quantizations: fc.tuple(...quantizations),
    activation: fc.constantFrom("NONE", "RELU", "RELU6", "RELU_N1_TO_1"),
    seed: fc.integer(),
  }).map((c) => {
    const typeOf = (input: number): Dtype => {
      if (op === "SELECT_V2" && input === 0) return "bool";
      return op === "PRELU" && input === 1 && dtype === "int16" ? "int8" : dtype;
    };
    const count = op === "SELECT_V2" ? 3 : op === "ADD_N" ? c.terms : 2;
    // One operand has the whole shape; the others are stretched, or have fewer dimensions.
    const whole = op !== "PRELU" && c.isSwapped ? count - 1 : 0;
    const inputs = Array.from({ length: count }, (_, i) => {
      const isWhole = i === whole || op === "ADD_N";
      const shape = isWhole ? c.shape : stretchedShape(c.shape, c.stretched[i % 3]);
      const type = typeOf(i);
      const quantization = type === "bool" ? null : c.quantizations[op === "ADD_N" ? 0 : i];
      return tensor(type, shape, quantization);
    });
    const last = inputs[count - 1];
    const given = new Numbers(c.seed);
    const values = valuesOf(last, {
      random: given,
      isDivisor: op === "DIV" || op === "FLOOR_DIV",
    });
    if (c.isConstant) inputs[count - 1] = constant(last.dtype, values, last);
    const result = tensor(
      output ?? dtype,
      c.shape,
      output === undefined ? c.quantizations[4] : null,
    );
    const attributes = hasActivation ? { activation: c.activation, potScaleInt16: false } : {};
    return {
      model: single(op, attributes as never, { inputs, outputs: [result] }),
      seed: c.seed,
    };
  });
}

function stretchedShape(shape: readonly number[], stretched: readonly boolean[]) {
  const stretchedOut = shape.map((extent, axis) => stretched[axis] ? 1 : extent);
  const kept = stretchedOut.findIndex((extent) => extent !== 1);
  return stretched[4] ? stretchedOut.slice(kept === -1 ? shape.length : kept) : stretchedOut;
}

/** Small numbers, of which many are equal, and the largest that there are. */
function valuesOf(
  { dtype, shape, quantization }: ModelTensor,
  { random, isDivisor }: { readonly random: Numbers; readonly isDivisor: boolean },
): ConstantArray {
  const values = zeroValues(dtype, elements(shape));
  const zero = quantization?.zeroPoints[0] ?? 0;
  const whole = (bits: number) => {
    if (random.below(3) > 0) return random.below(9) - 4;
    const large = random.below(2 ** 24) * 2 ** (bits - 24);
    return Math.max(1 - 2 ** (bits - 1), Math.floor(large) - 2 ** (bits - 1));
  };
  for (let i = 0; i < values.length; i++) {
    if (values instanceof BigInt64Array) values[i] = BigInt(whole(40)) << 20n;
    else if (values instanceof Float32Array) {
      const step = (random.below(400) - 200) / 8;
      values[i] = random.below(9) === 0 ? step * 2 ** (random.below(240) - 120) : step;
    } else values[i] = dtype === "bool" ? random.below(2) : whole(values.BYTES_PER_ELEMENT * 8);
    if (isDivisor && Number(values[i]) === zero) values[i] = zero === 3 ? 4 : 3;
  }
  return values;
}
