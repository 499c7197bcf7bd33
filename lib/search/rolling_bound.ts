import { inputBytes, type NetworkLayer, outputBytes } from "./network_layers.ts";

/**
 * Bytes that a plan of rolling rows needs at most: the way to cut the network at the outputs of its
 * blocks with the least peak. A piece between two cuts holds its input and its output, which overwrites
 * what was read, and of every tensor within the rows that its readers need at a time: K for K x K taps, 1 otherwise, and
 * for a block's input that is added at the end those of the window's lower half. One block alone may
 * also run operator by operator, `layerBytes` at a time, as all that follows the last block does.
 */
export function rollingBound(
  layers: readonly NetworkLayer[],
  layerBytes: (layer: NetworkLayer) => number,
): number {
  const pieces = blocksOf(layers);
  const tail = layers.filter(({ block }) => block === null);
  // least[i]: the peak of everything before piece i.
  const least = new Array<number>(pieces.length + 1).fill(Infinity);
  least[0] = 0;
  for (let from = 0; from < pieces.length; from++) {
    const [first] = pieces[from];
    let windows = 0;
    for (let until = from + 1; until <= pieces.length; until++) {
      const piece = pieces[until - 1];
      windows += windowBytes(piece) + (until - 1 > from ? entryBytes(piece) : 0);
      let peak = extentBytes(first, piece[piece.length - 1]) + windows;
      if (until === from + 1) peak = Math.min(peak, Math.max(...piece.map(layerBytes)));
      least[until] = Math.min(least[until], Math.max(least[from], peak));
    }
  }
  return Math.max(least[pieces.length], ...tail.map(layerBytes));
}

/**
 * Bytes of a piece's input and output, which begins D bytes in front of it: its row y overwrites only
 * input rows that the first layer has left behind, those before S y - p (S the stride of the piece, p
 * the rows above the middle of the first window). So `(y + 1) O <= (S y - p) I + D` for all y, O and I
 * the bytes of a row; the sides being linear, the first and the last rows decide.
 */
function extentBytes(first: NetworkLayer, last: NetworkLayer): number {
  const stride = Math.ceil(first.inputSize / last.outputSize);
  const above = first.kernel >> 1;
  const inputRow = first.inputSize * first.inputChannels;
  const outputRow = last.outputSize * last.outputChannels;
  const rows = [0, Math.ceil(above / stride), last.outputSize - 1];
  const distances = rows.filter((y) => y < last.outputSize).map((y) =>
    (y + 1) * outputRow - Math.max(0, stride * y - above) * inputRow
  );
  const extent = Math.max(inputBytes(first) + Math.max(...distances), outputBytes(last));
  return Math.min(inputBytes(first) + outputBytes(last), extent);
}

function blocksOf(layers: readonly NetworkLayer[]): readonly (readonly NetworkLayer[])[] {
  const blocks: NetworkLayer[][] = [];
  for (const layer of layers) {
    if (layer.block !== null) (blocks[layer.block] ??= []).push(layer);
  }
  return blocks;
}

/** Rows of the tensors within a block that are kept. */
function windowBytes(block: readonly NetworkLayer[]): number {
  return block.slice(1).reduce((sum, layer) => sum + rowBytes(layer, layer.kernel), 0);
}

/** Rows kept of a block's input when the block before it runs along. */
function entryBytes(block: readonly NetworkLayer[]): number {
  const [first] = block;
  const isAdded = block[block.length - 1].op === "ADD";
  const reach = Math.max(...block.map(({ kernel }) => kernel));
  return rowBytes(first, Math.max(first.kernel, isAdded ? (reach >> 1) + 1 : 1));
}

function rowBytes({ inputSize, inputChannels }: NetworkLayer, rows: number): number {
  return Math.min(rows, inputSize) * inputSize * inputChannels;
}
