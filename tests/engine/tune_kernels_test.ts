import { tableToRows } from "../../lib/measure/table_rows.ts";
import { createEngine, tuneKernels, type TuneKernelsRow, zoo } from "../../mod.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { plainPlan } from "./same_as_reference.ts";

const model = zoo("mlperf-tiny-kws");
const plan = plainPlan(model);
const quick = { plan, budgetMs: 200, settleMs: 0 };

Deno.test("tuning measures some ways for each kind of layer and chooses one of each", async () => {
  const { choices, table } = await tuneKernels(model, { ...quick, most: 3 });
  const rows = tableToRows(table) as unknown as TuneKernelsRow[];
  const keys = [...new Set(rows.map(({ key }) => key))];
  assert(keys.some((key) => key.startsWith("CONV_2D")));
  assert(keys.some((key) => key.startsWith("DEPTHWISE_CONV_2D")));
  for (const key of keys) {
    const own = rows.filter((row) => row.key === key);
    assert(own.length <= 3 && own.filter(({ isChosen }) => isChosen).length === 1, key);
  }
  const [chosen] = Object.values(choices.machines);
  assertEquals(Object.keys(chosen).sort(), keys.toSorted());

  // What was chosen is what runs, and it goes through JSON.
  using engine = createEngine(model, { plan, kernels: JSON.parse(JSON.stringify(choices)) });
  const conv = rows.find(({ kernel, isChosen }) => kernel === "conv int8" && isChosen)!;
  assertEquals(JSON.stringify(engine.layers[conv.layer].schedule), conv.schedule);
});

Deno.test("what is known is not measured again", async () => {
  const { choices } = await tuneKernels(model, { ...quick, most: 2 });
  const again = await tuneKernels(model, { ...quick, known: choices });
  assertEquals(again.table.numRows, 0);
  assertEquals(again.choices, choices);
});

Deno.test("choices of another machine do not count, and are kept", async () => {
  const steps = [{ op: "accumulate", at: "k" }] as const;
  const other = {
    schemaVersion: 2,
    machines: { "an abacus": { key: { kernel: "conv int8", steps, minNs: 1 } } },
  } as const;
  using plain = createEngine(model, { plan });
  using engine = createEngine(model, { plan, kernels: other });
  assertEquals(engine.layers, plain.layers);
  const { choices } = await tuneKernels(model, { ...quick, most: 1, known: other });
  assertEquals(choices.machines["an abacus"], other.machines["an abacus"]);
});

Deno.test("damaged choices are refused with what was found", async () => {
  const damaged = { schemaVersion: 2, machines: { here: { key: { kernel: "conv int8" } } } };
  assertThrows(
    () => createEngine(model, { kernels: damaged as never }),
    TypeError,
    "these are no kernel choices: $.machines.here.key.steps is missing, needed a list",
  );
  assertThrows(
    () => createEngine(model, { kernels: { schemaVersion: 1, machines: {} } as never }),
    TypeError,
    "$.schemaVersion is 1, needed 2",
  );
  await assertRejects(() => tuneKernels(model, { most: 0 }), RangeError, "most is 0");
});
