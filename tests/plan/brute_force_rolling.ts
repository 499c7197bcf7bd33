// The least memory of rolling rows on a chain, from the definition: every way to cut the chain, rows
// as sets, every order of packing, every distance.
import { type Model, type Operator, overlapRules, sizeBytes } from "tinyloom";

interface Layer {
  readonly operator: Operator;
  readonly taps: number;
  readonly stride: number;
  readonly before: number;
  readonly inputRows: number;
  readonly outputRows: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
}

/** The layers of a chain of convolutions; `before` are rows of padding above. */
export function chainLayers(model: Model, before: readonly number[]): Layer[] {
  return model.operators.map((operator, i) => {
    const [input, output] = [operator.inputs[0], operator.outputs[0]].map((t) => model.tensors[t]);
    const { strideH } = operator.attributes as { strideH: number };
    return {
      operator,
      taps: model.tensors[operator.inputs[1]].shape[1],
      stride: strideH,
      before: before[i],
      inputRows: input.shape[1],
      outputRows: output.shape[1],
      inputBytes: sizeBytes(input),
      outputBytes: sizeBytes(output),
    };
  });
}

/** The least that the most demanding part needs, over all ways to cut the chain. */
export function leastChainBytes(model: Model, layers: readonly Layer[]): number {
  const cuts = layers.length - 1;
  let least = Infinity;
  for (let mask = 0; mask < 1 << cuts; mask++) {
    const starts = [0];
    for (let cut = 0; cut < cuts; cut++) if (mask >> cut & 1) starts.push(cut + 1);
    const needs = starts.map((from, i) => {
      const part = layers.slice(from, starts[i + 1] ?? layers.length);
      return part.length === 1 ? layerBytes(model, part[0]) : segmentBytes(part);
    });
    least = Math.min(least, Math.max(...needs));
  }
  return least;
}

function layerBytes(model: Model, { operator, inputBytes, outputBytes }: Layer): number {
  const [rule] = overlapRules(model, operator);
  return extent(
    inputBytes,
    outputBytes,
    (distance) =>
      rule !== undefined && (distance <= rule.forwardBytes || distance >= rule.reverseBytes),
  );
}

/** The smallest stretch that holds both, at a distance that is safe or at which they do not meet. */
function extent(input: number, output: number, isSafe: (distance: number) => boolean): number {
  let least = input + output;
  for (let distance = -output; distance <= input; distance++) {
    if (!isSafe(distance)) continue;
    least = Math.min(least, Math.max(input, distance + output) - Math.min(0, distance));
  }
  return least;
}

/** Row `row` of what layer `layer` computes; layer -1 is the segment's input. */
interface Event {
  readonly layer: number;
  readonly row: number;
}

function segmentBytes(layers: readonly Layer[]): number {
  const runs = [false, true].map((isUpward) => eventsOf(layers, isUpward));
  const inner = layers.slice(0, -1).map((_, layer) => layer);
  const rings = inner.map((layer) => {
    const { outputBytes, outputRows } = layers[layer];
    const rows = Math.max(
      ...runs.map((run) => Math.max(...liveRows(layers, run, layer).map(span))),
    );
    return rows * outputBytes / outputRows;
  });
  const conflicts = inner.map((a) =>
    inner.map((b) =>
      runs.some((run) => {
        const [first, second] = [liveRows(layers, run, a), liveRows(layers, run, b)];
        return run.some((_, event) => first[event].length > 0 && second[event].length > 0);
      })
    )
  );
  const { inputBytes, inputRows } = layers[0];
  const { outputBytes, outputRows } = layers[layers.length - 1];
  const [inputRow, outputRow] = [inputBytes / inputRows, outputBytes / outputRows];
  const isSafe = (distance: number) =>
    runs.some((run) => {
      const live = liveRows(layers, run, -1);
      return run.every(({ layer, row }, event) => {
        if (layer !== layers.length - 1) return true;
        const from = distance + row * outputRow;
        const meets = (other: number) =>
          from < (other + 1) * inputRow && other * inputRow < from + outputRow;
        return !live[event].some(meets);
      });
    });
  return extent(inputBytes, outputBytes, isSafe) + packed(rings, conflicts);
}

/** The order in which rows are computed when the last layer's are asked for one by one. */
function eventsOf(layers: readonly Layer[], isUpward: boolean): Event[] {
  const events: Event[] = [];
  const done = layers.map(() => new Set<number>());
  const ordered = (rows: readonly number[]) => isUpward ? [...rows].reverse() : rows;
  const ask = (layer: number, row: number): void => {
    if (layer === -1 || done[layer].has(row)) return;
    for (const needed of ordered(rowsRead(layers[layer], row))) ask(layer - 1, needed);
    done[layer].add(row);
    events.push({ layer, row });
  };
  const last = layers.length - 1;
  for (const row of ordered([...Array(layers[last].outputRows).keys()])) ask(last, row);
  return events;
}

function rowsRead({ taps, stride, before, inputRows }: Layer, row: number): number[] {
  return [...Array(taps).keys()].map((tap) => row * stride - before + tap)
    .filter((at) => at >= 0 && at < inputRows);
}

/** At every event the rows of a layer (-1: the input) that are there and read then or later. */
function liveRows(layers: readonly Layer[], events: readonly Event[], layer: number): number[][] {
  const rows = layer === -1 ? layers[0].inputRows : layers[layer].outputRows;
  const live: number[][] = events.map(() => []);
  for (let row = 0; row < rows; row++) {
    const born = layer === -1 ? 0 : events.findIndex((e) => e.layer === layer && e.row === row);
    const last = events.findLastIndex((e) =>
      e.layer === layer + 1 && rowsRead(layers[layer + 1], e.row).includes(row)
    );
    if (born === -1) continue;
    for (let event = born; event <= last; event++) live[event].push(row);
  }
  return live;
}

function span(rows: readonly number[]): number {
  return rows.length === 0 ? 0 : Math.max(...rows) - Math.min(...rows) + 1;
}

/** The least height of blocks that must not meet where they conflict: every order, each lowest. */
function packed(sizes: readonly number[], conflicts: readonly (readonly boolean[])[]): number {
  let least = Infinity;
  const offsets = new Map<number, number>();
  const place = (height: number): void => {
    if (height >= least) return;
    if (offsets.size === sizes.length) {
      least = height;
      return;
    }
    for (let block = 0; block < sizes.length; block++) {
      if (offsets.has(block)) continue;
      const others = [...offsets].filter(([other]) => conflicts[block][other])
        .sort((a, b) => a[1] - b[1]);
      let at = 0;
      for (const [other, offset] of others) {
        if (offset >= at + sizes[block]) break;
        at = Math.max(at, offset + sizes[other]);
      }
      offsets.set(block, at);
      place(Math.max(height, at + sizes[block]));
      offsets.delete(block);
    }
  };
  place(0);
  return sizes.length === 0 ? 0 : least;
}
