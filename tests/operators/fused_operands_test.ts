// Operators of two operands and more within segments, whose tensors lie there in parts.
import {
  createEngine,
  type Dtype,
  type Model,
  type OperatorName,
  planMemory,
  type PlanOptions,
  run,
  runReference,
} from "../../mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { Numbers } from "../engine/random_layer.ts";
import { randomValues } from "../engine/random_tensor.ts";
import { Graph } from "../model/models.ts";

const IMAGE = [1, 24, 17, 5];
const POOL = { padding: "SAME", strideH: 1, strideW: 1, filterH: 3, filterW: 3 } as const;

const plans: readonly PlanOptions[] = [
  { fusion: "rolling" },
  { fusion: "rolling", granularity: "pixel", input: "external" },
];

/** Two pools with operators between them that take the first one's image, and constants. */
function chain(dtype: "float32" | "int8"): Model {
  const graph = new Graph();
  const of = (type: Dtype) => ({
    dtype: type,
    ...type === "int8" ? {} : { quantization: null },
  });
  const add = (op: OperatorName, inputs: readonly number[], type: Dtype = dtype) => {
    const output = graph.tensor(IMAGE, of(type));
    const attributes = op === "MAX_POOL_2D"
      ? { ...POOL, activation: "NONE" }
      : op === "DIV"
      ? { activation: "RELU" }
      : {};
    const operator = { op, inputs, outputs: [output], version: 1, attributes };
    graph.operators.push(operator as Model["operators"][number]);
    return output;
  };
  const channels = (...values: readonly number[]) => {
    const array = dtype === "int8" ? Int8Array.from(values) : Float32Array.from(values);
    const shape = values.length === 1 ? [] : [values.length];
    return graph.tensor(shape, { ...of(dtype), data: new Uint8Array(array.buffer) });
  };
  const input = graph.tensor(IMAGE, of(dtype));
  const pooled = add("MAX_POOL_2D", [input]);
  const sloped = add("PRELU", [pooled, channels(1, -2, 3, 4, -5)]);
  const isLarge = add("GREATER", [sloped, channels(20)], "bool");
  const differs = add("NOT_EQUAL", [pooled, sloped], "bool");
  const both = add("LOGICAL_OR", [isLarge, differs], "bool");
  const bounded = add("MINIMUM", [channels(9, 8, 7, 6, 5), sloped]);
  const chosen = add("SELECT_V2", [both, bounded, pooled]);
  const squared = add("SQUARED_DIFFERENCE", [chosen, sloped]);
  const quotient = add("DIV", [squared, channels(7, 6, 5, 4, 3)]);
  const sum = add("ADD_N", [quotient, chosen, pooled]);
  const output = add("MAX_POOL_2D", [sum]);
  return graph.model([input], [output]);
}

for (const dtype of ["int8", "float32"] as const) {
  Deno.test(`operators of two operands of ${dtype} run within segments`, () => {
    const model = chain(dtype);
    const inputs = model.inputs.map((i) => randomValues(model.tensors[i], new Numbers(5)));
    const { outputs } = runReference(model, inputs);
    for (const options of plans) {
      const plan = planMemory(model, options);
      assert(
        plan.segments.some(({ from, until }) => until - from > 5),
        "segments hold the operators",
      );
      for (const checked of [false, true]) {
        using engine = createEngine(model, { plan, checked });
        assertEquals(run(engine, inputs), outputs, JSON.stringify(options));
      }
    }
  });
}
