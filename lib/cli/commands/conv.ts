import { chartSpeedup } from "../../chart/chart_speedup.ts";
import { briefConvColumns, convReport } from "../../chart/experiment_reports.ts";
import { benchConv } from "../../conv/bench_conv.ts";
import { type ConvShape, parseConvShape } from "../../conv/conv_shape.ts";
import { type ConvVariantName, convVariantNames, convVariants } from "../../conv/conv_variants.ts";
import { CANDIDATES } from "../../native/native_target.ts";
import { modelBackendNames } from "../../native/backends.ts";
import { measurePeaks } from "../../measure/measure_peaks.ts";
import { backendDetails, backendFlags, checkBackendFlags, reportBackends } from "../backends.ts";
import { type Command, type FlagValues, UsageError } from "../command.ts";
import { timingFlags, timingOptions } from "../shared_flags.ts";
import { outputFormat, reportTimings } from "../write_result.ts";

/** `tinyloom conv`: all ways to compute one convolution layer against each other. */
export const command: Command = {
  name: "conv",
  details: backendDetails + " JavaScript runs none of them, since they are more than one nest.",
  operands: "",
  flags: {
    shape: {
      kind: "text",
      value: "SHAPE",
      about:
        "input NHWC, kernel rows x columns x outputs: 1x28x28x64,3x3x64[,s2][,same|valid][,dw]",
      default: "1x28x28x64,3x3x64,same",
    },
    dtype: { kind: "text", value: "f32|i8", about: "i8 sums into int32", default: "f32" },
    variants: {
      kind: "text",
      value: "LIST",
      about: `which of ${
        convVariantNames.join(",")
      }; the first is the baseline (default: all that fit)`,
    },
    ...timingFlags,
    ...backendFlags(modelBackendNames),
  },
  examples: [
    "conv",
    "conv --shape 1x14x14x96,1x1x576 --dtype i8",
    "conv --shape 1x56x56x144,3x3x144,same,dw --out depthwise.html",
    "conv --variants im2col,winograd2,winograd4 --json",
    "conv --variants implicit,im2col --backends wasm,native-O3,native-best",
  ],
  permissions: {
    write: "--out",
    draws: true,
    compiles: { names: CANDIDATES, why: "with native --backends" },
    records: true,
  },
  run: async (context) => {
    const { flags, operands } = context;
    if (operands.length > 0) throw new UsageError(`conv takes no argument "${operands[0]}"`);
    for (const file of flags.out as readonly string[]) outputFormat(file);
    const shape = shapeOf(flags);
    const timing = timingOptions(context);
    checkBackendFlags(flags);
    const isFused = timing.fma && flags.backends === undefined;
    const fitting = fittingVariants(shape, isFused);
    const variants = chosenVariants(flags, Object.keys(fitting));
    if (flags.backends !== undefined) {
      const chosen = variants.map((name) => [name, fitting[name]!] as const);
      await reportBackends(context, Object.fromEntries(chosen), modelBackendNames);
      return 0;
    }
    const table = await benchConv(shape, { ...timing, variants, peaks: measurePeaks() });
    await reportTimings(context, {
      table,
      columns: briefConvColumns,
      chart: () => chartSpeedup(table),
      html: () => convReport({ table, variants: fitting }),
    });
    return 0;
  },
};

function shapeOf({ shape, dtype }: FlagValues): ConvShape {
  if (dtype !== "f32" && dtype !== "i8") {
    throw new UsageError(`--dtype must be f32 or i8, found "${dtype}"`);
  }
  try {
    return { ...parseConvShape(shape as string), dtype };
  } catch (error) {
    throw new UsageError(`--shape: ${(error as Error).message}`);
  }
}

function fittingVariants(shape: ConvShape, fma?: boolean): ReturnType<typeof convVariants> {
  try {
    return convVariants({ ...shape, fma });
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new UsageError(`--shape: ${error.message}`);
  }
}

function chosenVariants(
  { variants }: FlagValues,
  fitting: readonly string[],
): readonly ConvVariantName[] {
  if (variants === undefined) return fitting as readonly ConvVariantName[];
  return (variants as string).split(",").map((each) => each.trim()).map((name) => {
    const known = convVariantNames.find((each) => each === name);
    if (!known) {
      throw new UsageError(
        `--variants: there is no "${name}", only ${convVariantNames.join(", ")}`,
      );
    }
    if (!fitting.includes(known)) {
      throw new UsageError(
        `--variants: "${name}" does not fit the layer, only ${fitting.join(", ")}`,
      );
    }
    return known;
  });
}
