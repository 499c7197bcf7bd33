/**
 * Options of `zoo`. Which of them a network takes, and their defaults, `zooTable` tells.
 *
 * @category Zoo
 */
export interface ZooOptions {
  /**
   * Factor of all channel counts, above 0 and at most 4; counts are rounded to multiples of 8 by
   * `makeDivisible` (MobileNetV1: cut to integers of at least 8).
   */
  readonly width?: number;
  /**
   * Rows and columns of the input image, at least the product of the network's strides (32 as a
   * rule). What the strides do not divide is rounded up.
   */
  readonly resolution?: number;
  /** Outputs of the classifier. */
  readonly classes?: number;
  /**
   * Where PyTorch's symmetric padding is not TensorFlow's SAME (strides above 1), a PAD operator and
   * a convolution without padding, as models converted from PyTorch have them; false: SAME.
   */
  readonly explicitPadding?: boolean;
  /**
   * Input and output are float32, with a QUANTIZE and a DEQUANTIZE inside, as converters leave them
   * unless told otherwise. Every network takes it; false if left out.
   */
  readonly floatEdges?: boolean;
  /** Determines every weight; a 32-bit integer. 1 if left out. */
  readonly seed?: number;
}

/** The options that only some networks take, with their defaults for one. */
export type ZooDefaults = Omit<ZooOptions, "seed" | "floatEdges">;

const LARGEST_WIDTH = 4;
const LARGEST_RESOLUTION = 4096;
const MOST_CLASSES = 100_000;

/**
 * Checks options against what a network takes, and fills in the defaults.
 *
 * @throws {TypeError} for an option that the network does not take, or of the wrong type.
 * @throws {RangeError} for a value out of range.
 */
export function checkZooOptions<Defaults extends ZooDefaults>(
  options: ZooOptions,
  network: { readonly name: string; readonly defaults: Defaults; readonly stride: number },
): Defaults & { readonly seed: number; readonly floatEdges: boolean } {
  const { name, defaults, stride } = network;
  const settings = { seed: 1, floatEdges: false, ...defaults };
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(settings, option)) {
      throw new TypeError(
        `option "${option}" of "${name}", which takes ${Object.keys(settings).join(", ")}`,
      );
    }
    const isSwitch = option === "explicitPadding" || option === "floatEdges";
    const expected = isSwitch ? "boolean" : "number";
    // deno-lint-ignore valid-typeof -- one of two literals
    if (typeof value !== expected) {
      throw new TypeError(`${option} ${String(value)} of "${name}", needed a ${expected}`);
    }
    Object.assign(settings, { [option]: value });
  }
  const { width = 1, resolution = stride, classes = 1, seed } = settings as ZooOptions;
  const fail = (what: string, needed: string) => {
    throw new RangeError(`${what} of "${name}", needed ${needed}`);
  };
  if (!(width > 0 && width <= LARGEST_WIDTH)) {
    fail(`width ${width}`, `a number above 0 and at most ${LARGEST_WIDTH}`);
  }
  if (!isWithin(resolution, stride, LARGEST_RESOLUTION)) {
    fail(
      `resolution ${resolution}`,
      `an integer from ${stride} (the product of its strides) to ${LARGEST_RESOLUTION}`,
    );
  }
  if (!isWithin(classes, 1, MOST_CLASSES)) {
    fail(`classes ${classes}`, `an integer from 1 to ${MOST_CLASSES}`);
  }
  if (seed !== (seed! | 0)) fail(`seed ${seed}`, "an integer of 32 bits");
  return settings;
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
