/**
 * Examples with a class each: images, or sequences (a row for each step of time, a column for each
 * feature). Plain data. Networks read a byte as `(byte - 128) / 128`, which is int8 `byte - 128`.
 *
 * @category Data
 */
export interface LabelledData {
  /** Bytes, `[count][height][width][channels]`. */
  readonly pixels: Uint8Array;
  /** Class of each example, its place in `classes`. */
  readonly labels: Uint16Array;
  /** Rows of an example; steps of time of a sequence. */
  readonly height: number;
  /** Columns of an example; features of a step. */
  readonly width: number;
  /** 1 grey, 3 colours. */
  readonly channels: number;
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** Where each example is from, such as its speaker: splits keep a group together. */
  readonly groups?: Uint32Array;
  /** Numbers that bytes 0 and 255 stand for, where examples were no bytes before. */
  readonly range?: readonly [low: number, high: number];
  /** What is learnt instead of the labels, such as what a larger network says. */
  readonly soft?: SoftLabels;
}

/**
 * What examples are by shares of the classes, `[count][classes]`; those of an example sum to 1.
 *
 * @category Data
 */
export interface SoftLabels {
  /** Of the examples as they are. */
  readonly plain: Float32Array;
  /** Of the examples turned left to right. */
  readonly mirrored: Float32Array;
}

/** Height, width and channels of an example. */
export type ExampleShape = Pick<LabelledData, "height" | "width" | "channels">;

/** Bytes of one example. */
export function exampleBytes({ height, width, channels }: ExampleShape): number {
  return height * width * channels;
}

/** An example's shape for people. */
export function shapeText({ height, width, channels }: ExampleShape): string {
  return `${height} x ${width} x ${channels}`;
}

/**
 * Refuses examples of another shape than the one that is needed.
 *
 * @throws {RangeError} naming both.
 */
export function checkShape(found: ExampleShape, needed: ExampleShape): void {
  if (shapeText(found) === shapeText(needed)) return;
  throw new RangeError(
    `examples of ${shapeText(found)} (height, width, channels), needed ${shapeText(needed)}`,
  );
}

/**
 * Refuses what is no data: arrays that do not have one another's length, or labels without a class.
 *
 * @throws {RangeError} saying what was found and what is needed.
 */
export function checkData(data: LabelledData): void {
  const { pixels, labels, height, width, channels, classes, groups, soft } = data;
  for (const [name, value] of Object.entries({ height, width, channels })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(`${name} of the examples is ${value}, needed a positive integer`);
  }
  if (!Array.isArray(classes) || classes.length < 2) {
    throw new RangeError(`examples of ${classes?.length ?? 0} classes, needed at least 2 names`);
  }
  const count = labels.length;
  if (pixels.length !== count * exampleBytes(data)) {
    throw new RangeError(
      `${count} labels and ${pixels.length} bytes, needed ${count * exampleBytes(data)} for ` +
        `examples of ${shapeText(data)}`,
    );
  }
  if (groups !== undefined && groups.length !== count) {
    throw new RangeError(`${groups.length} groups, needed one for each of ${count} examples`);
  }
  for (const [name, shares] of Object.entries(soft ?? {})) {
    if (shares.length === count * classes.length) continue;
    throw new RangeError(
      `${shares.length} ${name} soft labels, needed ${count * classes.length}: one for each of ` +
        `${classes.length} classes of ${count} examples`,
    );
  }
  const at = labels.findIndex((label) => label >= classes.length);
  if (at !== -1) {
    throw new RangeError(
      `example ${at} is of class ${labels[at]}, needed one below ${classes.length}`,
    );
  }
}

/** Some of the examples, in the order given; one may come several times. */
export function selectExamples(data: LabelledData, indices: ArrayLike<number>): LabelledData {
  const { pixels, labels, groups, soft, ...rest } = data;
  const size = exampleBytes(data);
  const pick = (values: ArrayLike<number>) => (_: unknown, i: number) => values[indices[i]];
  const shares = (all: Float32Array) => rowsOf(all, { size: data.classes.length, indices });
  return {
    pixels: rowsOf(pixels, { size, indices }),
    labels: Uint16Array.from({ length: indices.length }, pick(labels)),
    ...rest,
    ...(soft !== undefined && {
      soft: { plain: shares(soft.plain), mirrored: shares(soft.mirrored) },
    }),
    ...(groups !== undefined && {
      groups: Uint32Array.from({ length: indices.length }, pick(groups)),
    }),
  };
}

/** Rows of `size` values each, in the order given. */
function rowsOf<T extends Uint8Array | Float32Array>(
  all: T,
  { size, indices }: { readonly size: number; readonly indices: ArrayLike<number> },
): T {
  const rows = new (all.constructor as new (length: number) => T)(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    rows.set(all.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
  }
  return rows;
}

/** At most so many of the examples, evenly spread over all of them. */
export function someExamples(data: LabelledData, count: number): LabelledData {
  const all = data.labels.length;
  if (count >= all) return data;
  return selectExamples(data, Array.from({ length: count }, (_, i) => Math.floor(i * all / count)));
}

/** A number that differs where data differ, most likely; to tell a training from another. */
export function dataHash({ pixels, labels, classes, soft, ...shape }: LabelledData): number {
  let hash = 7;
  for (const values of [pixels, labels]) {
    for (let i = 0; i < values.length; i++) hash = (Math.imul(31, hash) + values[i]) | 0;
  }
  for (const { buffer, byteOffset, length } of soft ? [soft.plain, soft.mirrored] : []) {
    // Signs are highest bits, which a product alone never brings down.
    const bits = new Uint32Array(buffer, byteOffset, length);
    for (let i = 0; i < length; i++) {
      hash = Math.imul(hash ^ bits[i], 0x9e3779b1);
      hash ^= hash >>> 15;
    }
  }
  const text = `${shapeText(shape)} ${classes.join()}`;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}
