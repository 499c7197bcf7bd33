import { chartSpaceCdfs } from "../../chart/chart_space_cdfs.ts";
import { type Report, reportHtml } from "../../chart/report_html.ts";
import { formatCount } from "../../measure/format.ts";
import { tableFromRows } from "../../measure/table_from_rows.ts";
import { tableToText } from "../../measure/table_to_text.ts";
import { writeWhole } from "../../measure/write_whole.ts";
import { type Device, type DeviceName, devices } from "../../plan/devices.ts";
import type { RatedNetwork } from "../../search/candidate.ts";
import type { BuiltInFitness } from "../../search/judge_network.ts";
import { type MemoryModelName, memoryModels } from "../../search/memory_model.ts";
import { optimizeSpace, type SpaceRow, spaceTable } from "../../search/optimize_space.ts";
import { searchNetwork } from "../../search/search_network.ts";
import { searchSpaces } from "../../search/search_space.ts";
import { readSearchState, type SearchState } from "../../search/search_state.ts";
import type { Command } from "../command.ts";
import { UsageError } from "../usage_error.ts";
import { outputFormat, writeResult } from "../write_table.ts";

/** `tinyloom search --device NAME`. */
export const searchCommand: Command = {
  name: "search",
  about: "Searches a network for a device: first the space, then the network in it.",
  operands: "",
  flags: {
    device: { kind: "text", value: "NAME", about: "a microcontroller", default: "stm32f746" },
    space: { kind: "text", value: "NAME", about: "what to search: mcunet", default: "mcunet" },
    fitness: { kind: "text", value: "NAME", about: "macs or score", default: "macs" },
    memory: {
      kind: "text",
      value: "NAME",
      about: "how memory is planned: layers, in-place, overlap or rolling",
      default: "in-place",
    },
    classes: { kind: "integer", value: "N", about: "to tell apart", default: 1000, least: 1 },
    seed: { kind: "integer", value: "N", about: "determines the result", default: 1 },
    samples: { kind: "integer", value: "N", about: "drawn a space", default: 1000, least: 1 },
    generations: { kind: "integer", value: "N", about: "of the search", default: 30 },
    population: { kind: "integer", value: "N", about: "of a generation", default: 100, least: 2 },
    front: { kind: "integer", value: "N", about: "networks to show", default: 8, least: 1 },
    workers: { kind: "integer", value: "N", about: "threads (default: one a core)", least: 1 },
    resume: { kind: "text", value: "FILE", about: "keeps the search, and goes on from it" },
    json: { kind: "boolean", about: "one JSON object on standard output" },
    out: {
      kind: "text",
      value: "FILE",
      about: "write the result (.json), or stage 1 (the others)",
    },
  },
  examples: [
    "search --device stm32f746",
    "search --device nano33ble --fitness score --memory rolling --resume search.json --json",
  ],
  run: async ({ flags, operands, print, note, progress, resolve, signal }) => {
    if (operands.length > 0) {
      throw new UsageError(`search takes flags alone, found "${operands.join(" ")}"`);
    }
    const device = namedDevice(flags.device as string);
    oneOf("--space", flags.space, ["mcunet"]);
    oneOf("--fitness", flags.fitness, ["macs", "score"]);
    oneOf("--memory", flags.memory, Object.keys(memoryModels));
    const out = flags.out as string | undefined;
    if (out !== undefined) outputFormat(out);
    const file = flags.resume === undefined ? null : resolve(flags.resume as string);
    const resume = file === null ? null : await readStateIfThere(file);
    const { seed, samples, generations, population, classes, front } = flags as Record<
      string,
      number
    >;
    const memory = flags.memory as MemoryModelName;
    const workers = (flags.workers as number | undefined) ?? navigator.hardwareConcurrency;
    const stage1 = await optimizeSpace(searchSpaces({ classes }), device, {
      samples,
      seed,
      memory,
      workers,
      signal,
      onProgress: ({ done, of }) => progress(`stage 1: ${done} of ${of} spaces`),
    });
    const found = await searchNetwork(stage1.best, device, {
      fitness: flags.fitness as BuiltInFitness,
      memory,
      population,
      generations,
      parents: Math.min(20, population),
      front,
      seed,
      workers,
      signal,
      ...(resume !== null && { resume }),
      onGeneration: async (state) => {
        const [{ macs, fitness }] = state.population;
        progress(
          `stage 2: generation ${state.generation - 1} of ${generations}, ` +
            `fitness ${formatCount(fitness)}, ${formatCount(macs)} MACs`,
        );
        if (file !== null) await writeWhole(file, JSON.stringify(state) + "\n");
      },
    });
    const { best, pareto, evaluations, ended } = found;
    const result = { best, pareto, stage1: stage1.rows, seed, evaluations, ended };
    const json = () => ({ schemaVersion: 1, ...result });
    if (out !== undefined) {
      await writeResult(resolve(out), {
        table: spaceTable(stage1.rows),
        chart: () => chartSpaceCdfs(stage1.rows),
        json,
        html: () => reportHtml(report(device, result)),
      });
      note(`wrote ${out}`);
    }
    if (flags.json) print(JSON.stringify(json()));
    else {
      print(`${device.title}, memory planned ${memory}, ${evaluations} networks compared\n`);
      print(tableToText(tableFromRows(pareto.map(brief))));
      print(
        "Each was planned, its plan validated, and run: equal to the reference interpreter. " +
          `Genes of the fittest: ${best.genes.join(" ")}`,
      );
    }
    return ended === "aborted" ? 130 : 0;
  },
};

function report(
  { title }: Device,
  { best, pareto, stage1 }: {
    readonly best: RatedNetwork;
    readonly pareto: readonly RatedNetwork[];
    readonly stage1: readonly SpaceRow[];
  },
): Report {
  return {
    title: `A network for the ${title}`,
    summary: `${formatCount(best.macs)} multiply-accumulates in ${formatCount(best.peakBytes)} B ` +
      `of SRAM and ${formatCount(best.flashBytes)} B of Flash.`,
    sections: [
      { title: "The spaces", charts: [chartSpaceCdfs(stage1)], table: spaceTable(stage1) },
      { title: "The networks", table: tableFromRows(pareto.map(brief)) },
    ],
  };
}

function namedDevice(name: string): Device {
  oneOf("--device", name, Object.keys(devices));
  return devices[name as DeviceName];
}

function oneOf(flag: string, value: unknown, known: readonly string[]): void {
  if (known.includes(value as string)) return;
  throw new UsageError(`${flag} must be one of ${known.join(", ")}, found "${value}"`);
}

async function readStateIfThere(path: string): Promise<SearchState | null> {
  try {
    return readSearchState(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (error instanceof TypeError) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}

function brief({ genes: _, ...figures }: RatedNetwork) {
  return figures;
}
