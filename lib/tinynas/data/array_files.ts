import { readNpz } from "../../engine/io/array_frames.ts";
import { type NpyArray, readNpy } from "../../engine/io/npy.ts";
import { named } from "../../engine/io/read_frames.ts";
import { readTable } from "../../measure/table_file.ts";
import { arrayData } from "./array_data.ts";
import type { LabelledData } from "./labelled_data.ts";
import { readIdx } from "./read_idx.ts";
import { tableData } from "./table_data.ts";

/**
 * A file of a set: its path within it, with slashes, and its bytes, which are read when they are needed.
 *
 * @category Data
 */
export interface DataFile {
  /** Where it lies in the set: `train/cat/7.jpg`. */
  readonly path: string;
  /** Gives its bytes. */
  readonly read: () => Uint8Array | Promise<Uint8Array>;
}

/** What a set was split into by whoever made it; a set without parts has `train` alone. */
export interface DataParts {
  readonly train: LabelledData;
  readonly validation?: LabelledData;
  readonly test?: LabelledData;
}

export type PartName = keyof DataParts;

/** The part that a word stands for; null: none. */
export function partOf(word: string): PartName | null {
  if (/^train(ing)?$/i.test(word)) return "train";
  if (/^(val|valid|validation|dev)$/i.test(word)) return "validation";
  return /^(test|testing|t10k|eval)$/i.test(word) ? "test" : null;
}

/** What files of arrays are read with. */
export interface ArrayFilesOptions {
  /** Names of the classes, which these files only number. */
  readonly classes?: readonly string[];
  readonly mostBytes: number;
}

/**
 * Sets whose files are arrays of all examples: IDX files, CIFAR-10's binaries, NumPy's arrays and Arrow
 * tables; null if the files are none of these.
 */
export async function arrayFiles(
  files: readonly DataFile[],
  options: ArrayFilesOptions,
): Promise<{ readonly parts: DataParts; readonly source: string } | null> {
  const like = (pattern: RegExp) => files.filter(({ path }) => pattern.test(path));
  const idx = like(IDX);
  if (idx.length > 0) return { parts: await idxParts(idx, options), source: "IDX files" };
  const cifar = like(CIFAR);
  if (cifar.length > 0) {
    const names = like(/(^|\/)batches\.meta\.txt$/)[0];
    return { parts: await cifarParts(cifar, names, options), source: "CIFAR-10 binaries" };
  }
  const numpy = like(/\.np[yz]$/i);
  if (numpy.length > 0) return { parts: await numpyParts(numpy, options), source: "NumPy arrays" };
  const tables = like(/\.(arrow|feather)$/i);
  return tables.length === 0 ? null : { parts: await tableParts(tables), source: "Arrow tables" };
}

const IDX = /(images|labels)[-.]idx\d-ubyte(\.gz)?$/i;
const CIFAR = /(^|\/)(data_batch_\d+|test_batch)\.bin$/;

/** `train-images-idx3-ubyte.gz` and the like; the part is the word before. */
async function idxParts(
  files: readonly DataFile[],
  { classes, mostBytes }: ArrayFilesOptions,
): Promise<DataParts> {
  const found = new Map<string, NpyArray>();
  for (const { path, read } of files) {
    const [, word = "", what] = /([a-z0-9]*)[-_.]?(images|labels)[-.]idx/i.exec(path) ?? [];
    const part = partOf(word) ?? "train";
    found.set(
      `${part} ${what.toLowerCase()}`,
      await named(path, async () => readIdx(await read(), { mostBytes })),
    );
  }
  return partsOf(["train", "validation", "test"], (part) => {
    const [images, labels] = ["images", "labels"].map((what) => found.get(`${part} ${what}`));
    if (images === undefined && labels === undefined) return undefined;
    if (images === undefined || labels === undefined) {
      throw new TypeError(
        `the ${part} set has IDX ${
          images === undefined ? "labels" : "images"
        } alone, needed both files`,
      );
    }
    return arrayData(images, { labels, ...(classes && { classes }) });
  });
}

const CIFAR_SIDE = 32;
const CIFAR_BYTES = 1 + 3 * CIFAR_SIDE ** 2;
const CIFAR_CLASSES = "airplane automobile bird cat deer dog frog horse ship truck".split(" ");

/** Of each example its class, then red, green and blue of 32 x 32 pixels (Krizhevsky, 2009). */
async function cifarParts(
  files: readonly DataFile[],
  meta: DataFile | undefined,
  { classes, mostBytes }: ArrayFilesOptions,
): Promise<DataParts> {
  const text = meta && new TextDecoder().decode(await meta.read());
  const names = classes ?? text?.split("\n").map((line) => line.trim()).filter(Boolean) ??
    CIFAR_CLASSES;
  const batches = { train: [] as Uint8Array[], test: [] as Uint8Array[] };
  for (const { path, read } of files.toSorted((a, b) => a.path < b.path ? -1 : 1)) {
    const bytes = await read();
    if (bytes.length === 0 || bytes.length % CIFAR_BYTES !== 0) {
      throw new RangeError(
        `${path}: ${bytes.length} bytes, needed a multiple of ${CIFAR_BYTES}, an example's`,
      );
    }
    batches[path.includes("test_batch") ? "test" : "train"].push(bytes);
  }
  return partsOf(["train", "test"], (part) => {
    const parts = batches[part as "train" | "test"];
    const count = parts.reduce((sum, { length }) => sum + length / CIFAR_BYTES, 0);
    if (count === 0) return undefined;
    if (count * CIFAR_BYTES > mostBytes) {
      throw new RangeError(
        `${count} examples of ${CIFAR_BYTES} bytes, needed at most ${mostBytes}`,
      );
    }
    const pixels = new Uint8Array(count * (CIFAR_BYTES - 1));
    const labels = new Uint16Array(count);
    let example = 0;
    for (const bytes of parts) {
      for (let at = 0; at < bytes.length; at += CIFAR_BYTES, example++) {
        labels[example] = bytes[at];
        const first = example * (CIFAR_BYTES - 1);
        for (let i = 0; i < CIFAR_BYTES - 1; i++) {
          const [plane, pixel] = [Math.floor(i / CIFAR_SIDE ** 2), i % CIFAR_SIDE ** 2];
          pixels[first + 3 * pixel + plane] = bytes[at + 1 + i];
        }
      }
    }
    const shape = [count, CIFAR_SIDE, CIFAR_SIDE, 3];
    return arrayData({ dtype: "uint8", shape, values: pixels }, { labels, classes: names });
  });
}

const EXAMPLES = /^(x|images?|data|values|features|pixels)$/i;
const LABELS = /^(y|labels?|targets?|classes)$/i;
const GROUPS = /^(groups?|speakers?)$/i;

/** `x_train`, `y_train`, `x_test` … of an archive, or files of these names; `x` and `y` without parts. */
async function numpyParts(
  files: readonly DataFile[],
  { classes, mostBytes }: ArrayFilesOptions,
): Promise<DataParts> {
  const arrays = new Map<string, NpyArray>();
  for (const { path, read } of files) {
    const stem = path.replace(/^.*\//, "").replace(/\.np[yz]$/i, "");
    await named(path, async () => {
      const bytes = await read();
      if (/\.npy$/i.test(path)) arrays.set(stem, readNpy(bytes));
      else for (const [name, array] of await readNpz(bytes, { mostBytes })) arrays.set(name, array);
    });
  }
  const chosen = (part: PartName, role: RegExp) => {
    for (const [name, array] of arrays) {
      const words = name.split(/[_.\-/]/);
      const own = words.map(partOf).find((each) => each !== null) ?? "train";
      if (own === part && words.some((word) => role.test(word))) return array;
    }
    return undefined;
  };
  const all = [...arrays.keys()].join(", ");
  let range: LabelledData["range"];
  return partsOf(["train", "validation", "test"], (part) => {
    const [examples, labels] = [chosen(part, EXAMPLES), chosen(part, LABELS)];
    if (examples === undefined && labels === undefined) return undefined;
    if (examples === undefined || labels === undefined) {
      throw new TypeError(`arrays ${all}, needed examples (x) and labels (y) of the ${part} set`);
    }
    const groups = chosen(part, GROUPS);
    const data = arrayData(examples, {
      labels,
      ...(classes && { classes }),
      ...(groups && { groups: Array.from(groups.values as ArrayLike<number | bigint>, Number) }),
      // What is measured is scaled as what was learnt.
      ...(range && { range }),
    });
    range ??= data.range;
    return data;
  }, `arrays ${all}, needed x and y, or x_train, y_train, x_test and y_test`);
}

async function tableParts(files: readonly DataFile[]): Promise<DataParts> {
  const tables = new Map<PartName, LabelledData>();
  const partOfPath = ({ path }: DataFile) =>
    path.replace(/\.\w+$/, "").split(/[_.\-/]/).map(partOf).find((each) => each !== null) ??
      "train";
  // What is learnt comes first: the others are scaled as it is.
  const order = files.toSorted((a, b) =>
    Number(partOfPath(b) === "train") - Number(partOfPath(a) === "train")
  );
  for (const file of order) {
    const [part, learnt] = [partOfPath(file), tables.get("train")];
    if (tables.has(part)) throw new TypeError(`${file.path}: a second table of the ${part} set`);
    const range = learnt && (learnt.range ?? [0, 255] as const);
    const read = async () => tableData(readTable(await file.read()), range && { range });
    tables.set(part, await named(file.path, read));
  }
  return partsOf(["train", "validation", "test"], (part) => tables.get(part));
}

function partsOf(
  names: readonly PartName[],
  data: (part: PartName) => LabelledData | undefined,
  missing = "a set without examples to learn from",
): DataParts {
  const found = names.flatMap((name) => {
    const examples = data(name);
    return examples === undefined ? [] : [[name, examples] as const];
  });
  const parts = Object.fromEntries(found) as Partial<Record<PartName, LabelledData>>;
  if (parts.train === undefined) throw new TypeError(missing);
  return { ...parts, train: parts.train };
}
