import type { GraphBuilder, GraphValue } from "./graph_builder.ts";
import type { InvertedResidualNet } from "./inverted_residual_net.ts";
import type { ZooDefaults } from "./zoo_options.ts";

/** What the authors of a network printed about it, at the default options. */
export interface PublishedNetwork {
  /** Multiply-accumulates in millions; null where no figure was found. */
  readonly macsMillions: number | null;
  /** Parameters in millions. */
  readonly parametersMillions: number | null;
  /** Top-1 accuracy in percent (of the int8 model where there is one). */
  readonly top1Percent: number | null;
  /** Where the figures are from. */
  readonly source: string;
}

/** A network of the zoo. */
export interface ZooEntry {
  /** What `zoo` is asked for. */
  readonly name: string;
  /** What it was made for. */
  readonly task: string;
  /** Where its architecture is from. */
  readonly architecture: string;
  /** The options it takes beyond those that all take. */
  readonly defaults: ZooDefaults;
  /** Figures to compare with. */
  readonly published: PublishedNetwork;
  /** Product of all strides at the given width. */
  readonly stride: number;
  /** Its blocks, if it is made of inverted residuals; else null. */
  readonly net: ((settings: Required<ZooDefaults>) => InvertedResidualNet) | null;
  /** Builds the graph; `settings` hold a value for each of `defaults`. */
  readonly build: (graph: GraphBuilder, settings: Required<ZooDefaults>) => GraphValue;
}
