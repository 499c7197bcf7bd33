import { tableToIPC } from "apache-arrow";
import { liveBytes, macs, parameterCount, readModel, summarize, weightsBytes } from "tinyloom";
import { assert, assertEquals } from "../assert.ts";
import { convolutional, stateful } from "./models.ts";
import { sharedModels } from "./shared_models.ts";

const shared = sharedModels();

function total(model: Parameters<typeof summarize>[0], column: "macs" | "parameters"): number {
  return [...summarize(model).getChild(column)!].reduce<number>((sum, x) => sum + (x ?? 0), 0);
}

Deno.test({
  name: "MACs and weights of the real models are the published ones",
  fn: () => {
    for (const { bytes, meta } of shared) {
      const model = readModel(bytes);
      assertEquals(macs(model), meta.macs);
      assertEquals(weightsBytes(model), meta.weights_bytes);
      assertEquals(total(model, "macs"), meta.macs);
    }
  },
});

Deno.test({
  name: "the live peak is the lower bound of the arena",
  fn: () => {
    const peaks = Object.fromEntries(
      shared.map(({ name, bytes }) => [name, Math.max(...liveBytes(readModel(bytes)))]),
    );
    assertEquals(peaks.person_detect, 55296);
    assertEquals(peaks.kws_ref_model, 16000);
  },
});

Deno.test("one row an operator, with shapes, counts and bytes", () => {
  const table = summarize(convolutional());
  assertEquals(table.numRows, 8);
  assertEquals(table.get(0)?.toJSON(), {
    index: 0,
    operator: "CONV_2D",
    inputShapes: "1x9x8x3, 4x3x3x3, 4",
    outputShape: "1x5x4x4",
    dtype: "int8",
    macs: 5 * 4 * 4 * 27,
    parameters: 108 + 4,
    weightsBytes: 108 + 16,
    inputBytes: 216,
    outputBytes: 80,
    liveBytes: 296,
  });
  assertEquals(table.get(1)?.macs, 5 * 4 * 8 * 9);
  assertEquals(table.get(2)?.weightsBytes, 64);
  assertEquals(table.get(6)?.macs, 40);
});

Deno.test("totals of the table are those of the model", () => {
  const model = convolutional();
  assertEquals(total(model, "macs"), macs(model));
  assertEquals(total(model, "parameters"), parameterCount(model));
  assertEquals(parameterCount(model), 108 + 4 + 72 + 8 + 128 + 40 + 10);
});

Deno.test("unknown arithmetic is null, and state is not alive", () => {
  const table = summarize(stateful());
  assertEquals([...table.getChild("macs")!], [8 * (5 + 3), 0, null, null, 0]);
  assertEquals([...table.getChild("liveBytes")!], [9, 8, 8, 5, 8]);
});

Deno.test("operators of subgraphs follow, and say whose they are", () => {
  const table = summarize(stateful());
  assertEquals([...table.getChild("operator")!], ["SVDF", "WHILE", "my.operator", "stop", "RELU"]);
  assertEquals<unknown>([...table.getChild("subgraph" as "index")!], [0, 0, 0, 1, 2]);
  assertEquals([...table.getChild("weightsBytes")!].slice(3), [4, 0]);
});

Deno.test("a tensor alive across operators counts in between", () => {
  const model = convolutional();
  const outputs = [...model.outputs, model.operators[0].outputs[0]];
  const kept = liveBytes({ ...model, outputs });
  assertEquals(kept.at(-1), (liveBytes(model).at(-1) ?? 0) + 80);
});

Deno.test("a summary travels as Arrow IPC", () => {
  assert(tableToIPC(summarize(convolutional())).length > 0);
});
