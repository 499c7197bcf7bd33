// Models with next to nothing in them are planned like all others, with any fusion.
import {
  checkModel,
  fusionFrontier,
  type Model,
  ModelError,
  type ModelTensor,
  type OpaqueOperator,
  planMemory,
  type PlanOptions,
  validatePlan,
} from "tinyloom";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { CONV, Graph } from "../model/models.ts";

const ways: readonly PlanOptions[] = [
  {},
  { techniques: [] },
  { input: "external" },
  { fusion: "rolling" },
  { fusion: "patch" },
  { fusion: "best", granularity: "pixel" },
  { fusion: "best", macBudget: Infinity },
  { fusion: "best", memoryBudget: 1000 },
];

/** Plans a model in every way; what each needs. */
function planned(model: Model): number[] {
  assert(fusionFrontier(model).length > 0);
  return ways.map((options) => {
    const plan = planMemory(model, options);
    assertEquals(
      validatePlan(JSON.parse(JSON.stringify(plan)), model),
      [],
      JSON.stringify(options),
    );
    return plan.peakBytes;
  });
}

function opaque(opName: string, inputs: readonly number[], outputs: readonly number[]) {
  const common = { code: 0, optionTable: null, customOptions: null, version: 1, attributes: {} };
  return { op: "OPAQUE", opName, inputs, outputs, ...common } as unknown as OpaqueOperator;
}

Deno.test("no operators, or none that are left: a plan of what the caller hands and takes", () => {
  const bare = new Graph();
  const edge = bare.tensor([4]);
  assertEquals(planned(bare.model([edge], [edge])), [4, 16, 0, 4, 4, 4, 4, 4]);
  const view = new Graph();
  const image = view.tensor([1, 4]);
  const attributes = { newShape: [2, 2] };
  const result = view.add("RESHAPE", { inputs: [image], output: [2, 2], attributes });
  assertEquals(planned(view.model([image], [result])), [4, 32, 0, 4, 4, 4, 4, 4]);
});

Deno.test("no multiply-accumulates: no budget of them is overdrawn", () => {
  const graph = new Graph();
  const image = graph.tensor([1, 4, 4, 2]);
  const result = graph.add("RELU", { inputs: [image], output: [1, 4, 4, 2], attributes: {} });
  assertEquals(planned(graph.model([image], [result])), [32, 64, 32, 32, 32, 32, 32, 32]);
});

Deno.test("tensors without bytes have a place for as long as they are used", () => {
  const graph = new Graph();
  const image = graph.tensor([1, 4]);
  const empty = graph.tensor([1, 0]);
  const relu = graph.add("RELU", { inputs: [image], output: [1, 4], attributes: {} });
  const nothing = graph.add("RELU", { inputs: [empty], output: [1, 0], attributes: {} });
  const attributes = { newShape: [0, 1] };
  const end = graph.add("RESHAPE", { inputs: [nothing], output: [0, 1], attributes });
  planned(graph.model([image, empty], [relu, end]));
});

Deno.test("operators without outputs run in their turn, and what is not known of them is said", () => {
  const graph = new Graph();
  const image = graph.tensor([1, 4]);
  const handle = graph.tensor([], { dtype: "resource", quantization: null });
  graph.operators.push(opaque("VAR_HANDLE", [], [handle]));
  graph.operators.push(opaque("ASSIGN_VARIABLE", [handle, image], []));
  const result = graph.add("RELU", { inputs: [image], output: [1, 4], attributes: {} });
  const model = graph.model([image], [result]);
  planned(model);
  const { unknown, optimal, peakBytes, lowerBoundBytes } = planMemory(model);
  assertEquals(unknown, [
    "scratch memory, state and multiply-accumulates of VAR_HANDLE (operator 0)",
    "scratch memory, state and multiply-accumulates of ASSIGN_VARIABLE (operator 1)",
  ]);
  assert(!optimal && peakBytes === lowerBoundBytes);
});

/** A convolution of an image whose rows are known at run time only. */
function openRows(
  attributes: Partial<typeof CONV>,
  { filter = [2, 1, 1, 4], output = [1, 4, 4, 2] } = {},
): Model {
  const graph = new Graph();
  const open = (shape: readonly number[]): Partial<ModelTensor> => (
    { shapeSignature: shape.map((extent, axis) => axis === 1 ? -1 : extent) }
  );
  const image = graph.tensor([1, 4, 4, 4], open([1, 4, 4, 4]));
  const inputs = [image, graph.constant(filter), -1];
  const result = graph.add("CONV_2D", { inputs, output, attributes: { ...CONV, ...attributes } });
  graph.tensors[result] = { ...graph.tensors[result], ...open(output) };
  return graph.model([image], [result]);
}

Deno.test("of extents that are not known the others are checked, and the plan says what is not known", () => {
  checkModel(openRows({}));
  checkModel(openRows({}, { output: [1, 9, 4, 2] }));
  const wrong: readonly [Model, string][] = [
    [openRows({ strideW: 0 } as never), "a stride, dilation or window extent of 0"],
    [openRows({ dilationH: -(2 ** 31) } as never), "extent of -2147483648"],
    [openRows({}, { output: [1, 4, 9, 2] }), "needed 4 in dimension 2"],
    [openRows({}, { filter: [2, 4] }), "filter of shape [2,4], needed 4 dimensions"],
  ];
  for (const [model, message] of wrong) assertThrows(() => checkModel(model), ModelError, message);
  const { unknown, optimal, fit } = planMemory(openRows({}));
  assertEquals([unknown, optimal, fit], [
    ["extents, known at run time only, of tensors 0, 2"],
    false,
    null,
  ]);
});

Deno.test("weights without their dimensions are refused, whatever else is known at run time only", () => {
  const graph = new Graph();
  const image = graph.tensor([1, 3, 4, 5], { shapeSignature: [1, -1, 4, 5] });
  const attributes = {
    activation: "NONE",
    weightsFormat: "DEFAULT",
    keepNumDims: false,
    asymmetricQuantizeInputs: false,
    quantizedBiasType: "float32",
  } as const;
  const inputs = [image, graph.integers([1, 2, 3, 4]), -1];
  const result = graph.add("FULLY_CONNECTED", { inputs, output: [1, 5], attributes });
  const model = graph.model([image], [result]);
  assertThrows(() => checkModel(model), ModelError, "weights of shape [4], needed 2 dimensions");
});

/** A pool of windows far wider than its image. */
function pool(filterW: number): Model {
  const graph = new Graph();
  const image = graph.tensor([1, 1, 6, 6]);
  const attributes = { ...CONV, filterH: 1, filterW };
  const result = graph.add("MAX_POOL_2D", { inputs: [image], output: [1, 1, 6, 6], attributes });
  return graph.model([image], [result]);
}

Deno.test("windows are clipped to what they touch, absurd ones refused", () => {
  const peaks = planned(pool(11));
  assertEquals(planned(pool(2 ** 16)), peaks);
  checkModel(pool(2 ** 16));
  assertThrows(
    () => checkModel(pool(2 ** 16 + 1)),
    ModelError,
    "a window of 65537, needed at most",
  );
  // Whoever plans without a check does not wait for it.
  assertEquals(planned(pool(2 ** 31 - 1)), peaks);
});

Deno.test("extents without end cost the planner and the validator nothing", () => {
  const graph = new Graph();
  let end = graph.tensor([1, 2 ** 28]);
  const image = end;
  for (let i = 0; i < 20; i++) {
    end = graph.add("RELU", { inputs: [end], output: [1, 2 ** 28], attributes: {} });
  }
  const model = graph.model([image], [end]);
  const plan = planMemory(model);
  assertEquals(plan.peakBytes, 2 ** 28);
  assertEquals(validatePlan(plan, model), []);
  const { steps } = plan;
  const moved = {
    ...plan,
    peakBytes: 2 ** 29,
    buffers: plan.buffers.map((buffer) => (
      buffer.from === 3 ? { ...buffer, offsetBytes: 1 } : buffer
    )),
  };
  const message = `operator ${steps[3].operator} RELU overwrites t3 at byte 1`;
  assert(validatePlan(moved, model)[0].message.startsWith(message));
});
