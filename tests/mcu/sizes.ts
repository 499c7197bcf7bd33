// Flash of this back end's own C beside the planner's estimate, and the fit that the estimate of code is
// made with: prints what lib/plan/fits.ts holds.
//   deno run -A tests/mcu/sizes.ts
import { flashBytes as estimateOf, type Model, zoo } from "../../mod.ts";
import { goldenModels } from "../engine/golden.ts";
import { type Equation, nonNegativeFit } from "./least_squares.ts";
import { type MeasuredModel, measureModels } from "./measure_models.ts";

const models = await measureModels("cortex-m4");
const golden = new Map(goldenModels().map(({ name, model }) => [name, model]));

const coefficients = nonNegativeFit(models.map((model): Equation => ({
  factors: factorsOf(model),
  result: model.totals.flashBytes.code,
})));
console.log(
  "base, pointwise, convolution, depthwise, depthwise kernel, other:",
  coefficients.map((each) => Math.round(each)),
);
for (const model of models) {
  const { name, totals: { flashBytes, stackBytes, ramBytes, arenaBytes } } = model;
  const flash = estimateOf(modelOf(name));
  const code = factorsOf(model).reduce((sum, each, i) => sum + each * coefficients[i], 0);
  const estimate = flash.weightsBytes + flash.biasBytes + flash.quantizationBytes + flash.codeBytes;
  console.log(
    name.padEnd(22),
    `code ${flashBytes.code}, fit ${percent(code / flashBytes.code - 1)};`,
    `Flash ${flashBytes.total}, estimate ${percent(estimate / flashBytes.total - 1)};`,
    `tables ${flashBytes.tables}, estimate ${flash.quantizationBytes};`,
    `stack ${stackBytes}, scratch ${ramBytes - arenaBytes}`,
  );
}

/** One program, its operators by kind, and distinct depthwise kernels, as `codeEstimate` tells them. */
function factorsOf({ name }: MeasuredModel): readonly number[] {
  const { operators, tensors } = modelOf(name);
  const counts = { pointwise: 0, convolution: 0, depthwise: 0, other: 0 };
  const kernels = new Set<string>();
  for (const { op, inputs, attributes } of operators) {
    const taps = tensors[inputs[1]]?.shape.slice(1, 3) ?? [];
    if (op === "CONV_2D") counts[taps.join() === "1,1" ? "pointwise" : "convolution"]++;
    else if (op === "DEPTHWISE_CONV_2D") {
      counts.depthwise++;
      kernels.add(`${taps} ${"strideH" in attributes ? attributes.strideH : 1}`);
    } else counts.other++;
  }
  const { pointwise, convolution, depthwise, other } = counts;
  return [1, pointwise, convolution, depthwise, kernels.size, other];
}

function modelOf(name: string): Model {
  return golden.get(name) ?? zoo(name);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
