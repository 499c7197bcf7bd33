// Constants of TFLM's audio front end: mel channels and gains, in fixed point.

/** Triangles over the bins of a spectrum, as SignalFilterBank reads them. */
export interface MelBank {
  readonly channels: number;
  /** First bin that a channel reads, and the one behind the last. */
  readonly firstBin: number;
  readonly lastBin: number;
  /** Share of a bin that goes into the falling side of one channel, of 4096. */
  readonly weights: Int16Array;
  /** The rest, for the rising side of the next. */
  readonly unweights: Int16Array;
  readonly binStarts: Int16Array;
  readonly weightStarts: Int16Array;
  readonly widths: Int16Array;
}

const LOWEST_HZ = 125;
const HIGHEST_HZ = 7500;
/** 16 kHz over 512 samples. */
const HZ_PER_BIN = 31.25;
const WEIGHT_BITS = 12;
/** Starts are at even bins and widths multiples of 4, for processors that load several at once. */
const ALIGNMENT = 2;
const BLOCK = 4;

/** The mel scale, with the constants of HTK: `1127 ln(1 + f / 700)`. */
export function melOf(hertz: number): number {
  return 1127 * Math.log1p(hertz / 700);
}

/** tflite-micro, signal/micro_frontend/filterbank_util.c: centres evenly spaced in mel. */
export function melBank(channels: number): MelBank {
  const [low, high] = [melOf(LOWEST_HZ), melOf(HIGHEST_HZ)];
  const centreOf = (channel: number) => low + (high - low) / (channels + 1) * (channel + 1);
  const firstBin = Math.floor(1.5 + LOWEST_HZ / HZ_PER_BIN);
  const [weights, unweights]: [number[], number[]] = [[], []];
  const [binStarts, weightStarts, widths]: [number[], number[], number[]] = [[], [], []];
  let bin = firstBin;
  for (let channel = 0; channel <= channels; channel++) {
    const from = bin;
    const [before, centre] = [centreOf(channel - 1), centreOf(channel)];
    while (melOf(bin * HZ_PER_BIN) <= centre) bin++;
    const start = Math.floor(from / ALIGNMENT) * ALIGNMENT;
    const width = Math.ceil((bin - start) / BLOCK) * BLOCK;
    binStarts.push(start);
    weightStarts.push(weights.length);
    widths.push(width);
    for (let i = start; i < start + width; i++) {
      const share = (centre - melOf(i * HZ_PER_BIN)) / (centre - before);
      const isOwn = i >= from && i < bin;
      weights.push(isOwn ? fixed(share) : 0);
      unweights.push(isOwn ? fixed(1 - share) : 0);
    }
  }
  const tables = { weights, unweights, binStarts, weightStarts, widths };
  const arrays = Object.fromEntries(
    Object.entries(tables).map(([name, values]) => [name, Int16Array.from(values)]),
  ) as Record<keyof typeof tables, Int16Array>;
  return { channels, firstBin, lastBin: bin, ...arrays };
}

function fixed(share: number): number {
  return Math.floor(share * 2 ** WEIGHT_BITS);
}

const STRENGTH = 0.95;
const OFFSET = 80;
const GAIN_BITS = 21;
const INPUT_BITS = 7;

/** `(x + 80)^-0.95`: parabolas between powers of 2 (pcan_gain_control_util.c). */
export function pcanGains(): Int16Array {
  const gain = (x: number) =>
    Math.min(
      0x7fff,
      Math.floor(2 ** GAIN_BITS * Math.pow(x / 2 ** INPUT_BITS + OFFSET, -STRENGTH) + 0.5),
    );
  const table = new Int16Array(4 * 32 - 6 + 3);
  table[0] = gain(0);
  table[1] = gain(1);
  for (let interval = 2; interval <= 32; interval++) {
    const x = 2 ** (interval - 1);
    const [y0, y1, y2] = [x, 1.5 * x, interval === 32 ? 2 ** 32 - 1 : 2 * x].map(gain);
    const linear = 4 * (y1 - y0) - (y2 - y0);
    table.set([y0, linear, y2 - y0 - linear], 4 * interval - 6);
  }
  return table;
}
