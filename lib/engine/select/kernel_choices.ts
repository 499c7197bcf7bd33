import type { Layer } from "../layer.ts";

/** How a kernel is cut up, as plain data. */
export type KernelTile = Readonly<Record<string, string | number>>;

/** What was measured to be the fastest way to cut up the layers of models, by machine and by layer. */
export interface KernelChoices {
  /** Version of this format. */
  readonly schemaVersion: 1;
  /** For each machine and version of this library, for each kind of layer, what it takes least time with. */
  readonly machines: Readonly<Record<string, Readonly<Record<string, ChosenTile>>>>;
}

/** The fastest way to cut up a layer. */
export interface ChosenTile {
  /** The kernel. */
  readonly kernel: string;
  /** How it is cut up. */
  readonly tile: KernelTile;
  /** Time of the layer with it. */
  readonly minNs: number;
}

/**
 * What makes two layers the same to a kernel: types, shapes, window, what the plan demands, threads and
 * instructions. Readable, and stable from run to run.
 */
export function kernelKey(
  { operator, step, inputs, outputs, threads, hasRelaxedDot }: Layer,
): string {
  const tensors = [inputs[0], inputs[1], outputs[0]].map((operand) =>
    operand == null ? "none" : `${operand.tensor.dtype} ${operand.tensor.shape.join("x")}`
  );
  const { form, direction, pixelsAtOnce, channelsAtOnce, foldedPadding } = step;
  const demands = [form, direction, pixelsAtOnce ?? "all", channelsAtOnce ?? "all"].join(" ");
  const padding = foldedPadding === null ? "" : ` pad ${Object.values(foldedPadding).join(" ")}`;
  const attributes = Object.entries(operator.attributes).map(([name, value]) => `${name}=${value}`);
  return [
    `${step.name} ${tensors.join(", ")}${padding}`,
    attributes.join(" "),
    demands,
    `${threads} ${threads === 1 ? "thread" : "threads"}${hasRelaxedDot ? " relaxed" : ""}`,
  ].join("; ");
}

/** The tile chosen for a layer, if there is one for this kernel and it is one of its `tiles`; else the first. */
export function tileFor<Tile extends object>(
  layer: Layer,
  { kernel, tiles }: { readonly kernel: string; readonly tiles: readonly Tile[] },
): Tile {
  const chosen = layer.choices?.get(kernelKey(layer));
  if (chosen?.kernel !== kernel) return tiles[0];
  const wanted = Object.entries(chosen.tile);
  const isWanted = (tile: Tile) =>
    wanted.length === Object.keys(tile).length &&
    wanted.every(([name, value]) => (tile as Record<string, unknown>)[name] === value);
  return tiles.find(isWanted) ?? tiles[0];
}

/**
 * Refuses what is no choices of this format.
 *
 * @throws {TypeError} if it is not.
 */
export function checkChoices(choices: KernelChoices): void {
  const found = (choices as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (found !== 1) throw new TypeError(`kernel choices of schemaVersion ${found}, needed 1`);
  for (const [machine, chosen] of Object.entries(choices.machines ?? {})) {
    for (const [key, { kernel, tile, minNs }] of Object.entries(chosen)) {
      const values = Object.values(tile ?? {});
      const isTile = values.length > 0 &&
        values.every((value) => typeof value === "string" || Number.isInteger(value));
      if (typeof kernel === "string" && isTile && minNs > 0) continue;
      throw new TypeError(
        `kernel choice for "${key}" on "${machine}" is ${JSON.stringify(chosen[key])}, needed a ` +
          "kernel, a tile of whole numbers and words, and a time above 0",
      );
    }
  }
}
