import type { Region } from "../../../kernel/kernel.ts";
import { start } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import type { IndexRange } from "../walk/index_range.ts";
import { emitOutputs } from "./emit_outputs.ts";
import { im2colColumns } from "./im2col.ts";
import { elementType, inRole, writeKernel } from "./layer_numbers.ts";
import { emitPasses } from "./passes.ts";
import { fallback, type ScalarOptions } from "./scalar_options.ts";
import { sumArithmetic, sumTables } from "./sum_arithmetic.ts";
import {
  noNumbers,
  quantizedNumbers,
  weightedLayer,
  type WeightedOperator,
} from "./weighted_layer.ts";
import { type WindowLayer, windowLayer, windowNumbers } from "./window_layer.ts";
import { windowSums } from "./window_sums.ts";
import { rangesOf, remarksOf, workSplit } from "./work_split.ts";
import { ownWorkspace, possibleOptions, workspaceOf } from "./workspace.ts";

/** CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED of any type that the reference takes, in scalars. */
export function weightedScalar(
  layer: Layer,
  asked: ScalarOptions = fallback,
): LayerKernel | null {
  const shape = windowLayer(layer);
  const weighted = shape === null ? null : weightedLayer(layer);
  if (shape === null || weighted === null) return null;
  const { operation } = weighted;
  const { input, output } = shape;
  const isDepthwise = layer.operator.op === "DEPTHWISE_CONV_2D";
  const options = possibleOptions(layer.model, layer.step, asked);
  const { codeGeneration, fusion, unroll, windows } = options;
  const [inputType, weightType, outputType] = [operation.input, operation.weights, operation.output]
    .map(({ dtype }) => elementType(dtype === "int4" ? "int8" : dtype));
  const tables = sumTables(layer, weighted, options);
  const own = ownWorkspace(layer, options);
  const resultType = fusion ? outputType : elementType("int32");
  const numbers = weightedNumbers({
    shape,
    weighted,
    tables,
    bytes: workspaceOf(layer.model, layer.step, options),
    own,
    target: fusion ? output.region : own,
    elementBytes: resultType.bytes,
  });
  const split = workSplit(layer, numbers);
  const isTiled = options.filters > 1 && split !== "filters";
  const [image, results, workspace] = [
    inRole("input", input.region, { codeGeneration }),
    inRole("output", output.region, { codeGeneration }),
    inRole("workspace", own, { codeGeneration }),
  ];
  const weights = inRole("weights", weighted.weights, { codeGeneration });

  const code = writeKernel(
    layer,
    { numbers, codeGeneration },
    ({ b, thread, area, numbers: n }) => {
      const arithmetic = sumArithmetic(weighted, tables, n);
      const ranges = rangesOf(split, n, { thread, threads: layer.threads });
      const columns = windows === "columns"
        ? {
          region: workspace,
          address: split === "none"
            ? n.columns
            : b.let("own_columns", add(n.columns, mul(thread, n.columnBytes))),
        }
        : null;
      const sums = {
        image,
        imageType: inputType,
        weights,
        weightType,
        arithmetic,
        isDepthwise,
        unroll,
        columns,
        tests: windows === "tests",
      };
      emitOutputs(b, n, {
        target: fusion ? results : workspace,
        type: resultType,
        step: fusion ? layer.step : { form: "plain", direction: "forward", delayPixels: 0 },
        segment: area && { layer, window: shape.window, area },
        ring: layer.ring,
        ranges,
        pixels: options.pixels,
        filters: isTiled ? options.filters : 1,
        clips: windows === "ranges",
      }, {
        prepare: (pixels) => {
          if (columns === null) return;
          im2colColumns(b, n, pixels, {
            image,
            columns: columns.region,
            address: columns.address,
            inputZero: n.inputZero,
            unroll,
          });
        },
        results: (pixels, filters) => {
          const all = windowSums(b, n, sums, { pixels, filters });
          if (!fusion) return all;
          return all.map((row) =>
            row.map((sum, f) => {
              const o = add(filters.first, f);
              const total = b.let("total", arithmetic.addBias(b, sum, o));
              return b.let("y", arithmetic.clamp(b, arithmetic.rescale(b, total, o)));
            })
          );
        },
      });
      if (fusion) return;
      const { lines, groups, filters } = ranges;
      const channels = mul(n.groups, n.filters);
      const range: IndexRange = split === "filters" ? filters : {
        from: mul(groups.from, n.filters),
        until: mul(groups.until, n.filters),
      };
      emitPasses(b, {
        accumulators: workspace,
        accumulatorsAddress: n.output,
        output: results,
        outputAddress: n.result,
        channels,
        pixels: { from: mul(lines.from, n.outputWidth), until: mul(lines.until, n.outputWidth) },
        range,
      }, [
        (sum, o) => arithmetic.addBias(b, sum, o),
        (sum, o) => arithmetic.rescale(b, sum, o),
        (value) => arithmetic.clamp(b, value),
      ]);
    },
  );
  const kind = layer.operator.op.toLowerCase().replaceAll("_", " ");
  return {
    kernel: `${kind} ${operation.input.dtype} scalar`,
    remarks: remarksOf({ ...options, filters: isTiled ? options.filters : 1 }, split, layer),
    code: [...code, ...tables.code],
    isParallel: split !== "none",
  };
}

/** Where operands, tables and columns lie, and the constants of the arithmetic. */
function weightedNumbers(
  { shape, weighted, tables, bytes, own, target, elementBytes }: {
    readonly shape: WindowLayer;
    readonly weighted: WeightedOperator;
    readonly tables: ReturnType<typeof sumTables>;
    readonly bytes: ReturnType<typeof workspaceOf>;
    readonly own: Region;
    readonly target: Region;
    readonly elementBytes: number;
  },
) {
  const { grouping, operation } = weighted;
  const { output } = shape;
  const { dtype } = operation.weights;
  const weightBytes = elementType(dtype === "int4" ? "int8" : dtype).bytes;
  return {
    ...windowNumbers(shape, grouping, { target, elementBytes }),
    ...operation.input.dtype === "float32" ? noNumbers : quantizedNumbers(operation),
    weights: start(weighted.weights),
    tapBytes: weighted.tapStep * weightBytes,
    filterBytes: weighted.filterStep * weightBytes,
    bias: tables.bias === null ? 0 : start(tables.bias),
    factors: tables.factors === null ? 0 : start(tables.factors),
    columns: start(own, bytes.accumulatorBytes),
    columnBytes: bytes.columnBytes,
    result: start(output.region),
  };
}
