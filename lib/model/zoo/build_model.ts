import { shown } from "../../host.ts";
import type { Model } from "../model.ts";
import { invertedResidualEntries } from "./inverted_residual_entries.ts";
import { otherEntries } from "./other_entries.ts";
import type { ZooEntry } from "./entry.ts";
import { GraphBuilder, type GraphValue } from "./graph_builder.ts";
import { checkZooOptions, type ZooDefaults, type ZooOptions } from "./zoo_options.ts";

/** Every network of the zoo. */
export const entries: readonly ZooEntry[] = [...invertedResidualEntries, ...otherEntries];

/** Options of a network with every default filled in. */
export type ZooSettings = Required<ZooDefaults> & {
  readonly seed: number;
  readonly floatEdges: boolean;
};

/**
 * A network of the zoo by its name, and its options.
 *
 * @throws {RangeError} for an unknown name, or an option out of range.
 * @throws {TypeError} for an option that the network does not take.
 */
export function zooEntry(
  name: string,
  options: ZooOptions,
): { readonly entry: ZooEntry; readonly settings: ZooSettings } {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry === undefined) {
    throw new RangeError(
      `network "${name}", needed one of ${entries.map((one) => one.name).join(", ")}`,
    );
  }
  // An entry reads only the settings that it has defaults for.
  return { entry, settings: checkZooOptions(options, entry) as ZooSettings };
}

/** The model that a function builds with these settings. */
export function buildModel(
  name: string,
  { settings, architecture, build }: {
    readonly settings: ZooSettings;
    readonly architecture: string;
    readonly build: (graph: GraphBuilder) => GraphValue;
  },
): Model {
  const { seed, floatEdges, explicitPadding = false } = settings;
  const graph = new GraphBuilder({ seed, floatEdges, explicitPadding });
  const output = build(graph);
  const description = `${architecture}; random weights`;
  return shown(graph.model(name, { description, output }), "model");
}
