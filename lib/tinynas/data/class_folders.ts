import type { ImageFit } from "../../engine/io/image_values.ts";
import { type DataFile, type PartName, partOf } from "./array_files.ts";
import { type ClassFile, imageData, soundData } from "./class_files.ts";
import { type LabelledData, selectExamples } from "./labelled_data.ts";

/**
 * Options of `readData`.
 *
 * @category Data
 */
export interface ReadDataOptions {
  /** Rows that images are resized to; 80 when absent. */
  readonly height?: number;
  /** Columns that images are resized to; as many as rows when absent. */
  readonly width?: number;
  /** 1 for grey, 3 for colours; colours when absent, unless all images are grey. */
  readonly channels?: 1 | 3;
  /** How images of other proportions are resized; `crop` when absent. */
  readonly fit?: ImageFit;
  /** Seconds of each sound; 1 when absent. */
  readonly seconds?: number;
  /** Mel channels of sound; 40 when absent. */
  readonly features?: number;
  /** Class folders to read, in this order; all, in the order of the alphabet, when absent. */
  readonly only?: readonly string[];
  /** Names of the classes of files that only number them. */
  readonly classes?: readonly string[];
  /**
   * A regular expression whose first brackets find a file's group in its path: groups are not split. The
   * speaker of Speech Commands' files when absent.
   */
  readonly group?: string;
  /** Files of a class and part at most, evenly chosen. */
  readonly mostPerClass?: number;
  /** Share to choose by, where the set does not say; 0.15 when absent. */
  readonly validation?: number;
  /** Share to measure with, where the set does not say; 0.15 when absent. */
  readonly test?: number;
  /** Determines the split; 1 when absent. */
  readonly seed?: number;
  /** Bytes of all examples at most; 1 GiB when absent. */
  readonly mostBytes?: number;
  /** Called after each file of an example. */
  readonly onProgress?: (progress: { readonly done: number; readonly of: number }) => void;
}

const IMAGE = /\.(png|jpe?g|jpe|jfif|bmp|gif)$/i;
const SOUND = /\.wav$/i;
/** Warden, Speech Commands (2018): who speaks is in the name. */
const SPEAKER = /([0-9a-f]{8})_nohash_\d+\.wav$/i;

/** A set whose examples are files, in folders that are called like their classes. */
export async function classFolders(files: readonly DataFile[], options: ReadDataOptions) {
  const [images, sounds] = [IMAGE, SOUND].map((like) =>
    files.filter(({ path }) => like.test(path))
  );
  if (images.length === 0 && sounds.length === 0) {
    const some = files.slice(0, 3).map(({ path }) => path).join(", ");
    throw new TypeError(
      `${files.length} files (${some}), needed class folders of images or WAV, IDX files, .npy, .npz or ` +
        "Arrow tables",
    );
  }
  if (images.length > 0 && sounds.length > 0) {
    throw new TypeError(
      `${images.length} images and ${sounds.length} WAV files, needed one kind of them`,
    );
  }
  const kind = images.length > 0 ? "images" as const : "sound" as const;
  const placed = await placedFiles(kind === "images" ? images : sounds, { files, options });
  const total = placed.reduce((sum, { members }) => sum + members.length, 0);
  const { mostBytes = 2 ** 30, onProgress } = options;
  let done = 0;
  const { classes } = placed[0];
  const common = { classes, mostBytes, onFile: () => onProgress?.({ done: ++done, of: total }) };
  // All at once, so that they are grey or coloured together.
  const all = placed.flatMap(({ members }) => members);
  const height = options.height ?? 80;
  const data = kind === "images"
    ? await imageData(all, {
      ...common,
      height,
      width: options.width ?? height,
      channels: options.channels ?? null,
      fit: options.fit ?? "crop",
    })
    : await soundData(all, {
      ...common,
      seconds: options.seconds ?? 1,
      channels: options.features ?? 40,
    });
  const parts: Partial<Record<PartName, LabelledData>> = {};
  let from = 0;
  for (const { part, members: { length } } of placed) {
    parts[part] = selectExamples(data, Array.from({ length }, (_, i) => from + i));
    from += length;
  }
  if (parts.train === undefined) throw new TypeError("a set without examples to learn from");
  const what = kind === "images" ? "images" : "WAV files";
  return {
    parts: { ...parts, train: parts.train },
    kind,
    source: `${what} in folders of their classes`,
  };
}

/** Files by part, each with its class and its group. */
async function placedFiles(
  chosen: readonly DataFile[],
  { files, options }: {
    readonly files: readonly DataFile[];
    readonly options: ReadDataOptions;
  },
) {
  const lists = await listedParts(files);
  const segments = chosen.map(({ path }) => path.split("/"));
  const hasParts = segments.every(([first, ...rest]) => rest.length > 1 && partOf(first) !== null);
  const found = chosen.map((file, i) => {
    const [first, ...rest] = segments[i];
    const part: PartName = hasParts ? partOf(first)! : lists.get(file.path) ?? "train";
    return { file, part, name: hasParts ? rest[0] : rest.length > 0 ? first : "" };
  }).filter(({ name }) => !/^[_.]/.test(name));
  const loose = found.find(({ name }) => name === "");
  if (loose !== undefined) {
    throw new TypeError(`${loose.file.path} lies in no class folder, needed CLASS/FILE`);
  }
  const names = [...new Set(found.map(({ name }) => name))].sort();
  const missing = options.only?.find((name) => !names.includes(name));
  if (missing !== undefined) {
    throw new RangeError(`no class folder "${missing}", there are ${names.join(", ")}`);
  }
  const classes = options.only ?? names;
  if (classes.length < 2) {
    throw new RangeError(`class folders ${classes.join(", ")}, needed at least 2`);
  }
  const groups = groupsOf(found.map(({ file }) => file.path), options.group);
  const members = found.flatMap(({ file, part, name }, i) => {
    const label = classes.indexOf(name);
    return label === -1 ? [] : [{ ...file, part, label, group: groups[i] }];
  });
  const { mostPerClass = Infinity } = options;
  return (["train", "validation", "test"] as const).map((part) => ({
    part,
    classes,
    members: classes.flatMap((_, label) => {
      const own = members.filter((file) => file.part === part && file.label === label);
      const count = Math.min(own.length, mostPerClass);
      return Array.from(
        { length: count },
        (_, i): ClassFile => own[Math.floor(i * own.length / count)],
      );
    }),
  })).filter(({ members }) => members.length > 0);
}

/** The place of each file's group; null for all, if there are none. */
function groupsOf(
  paths: readonly string[],
  group: string | undefined,
): readonly (number | null)[] {
  const pattern = group === undefined ? SPEAKER : new RegExp(group);
  const found = paths.map((path) => pattern.exec(path)?.[1]);
  const without = found.indexOf(undefined);
  if (without !== -1 && group === undefined) return paths.map(() => null);
  if (without !== -1) {
    throw new RangeError(`${paths[without]} has no group by ${group}, needed one for every file`);
  }
  const places = new Map([...new Set(found)].map((each, place) => [each, place]));
  return found.map((each) => places.get(each)!);
}

/** Speech Commands names the files of two parts in lists; the others are to learn from. */
async function listedParts(files: readonly DataFile[]): Promise<ReadonlyMap<string, PartName>> {
  const parts = new Map<string, PartName>();
  for (
    const [name, part] of [
      ["validation_list.txt", "validation"],
      ["testing_list.txt", "test"],
    ] as const
  ) {
    const list = files.find(({ path }) => path === name);
    if (list === undefined) continue;
    const text = new TextDecoder().decode(await list.read());
    for (const line of text.split(/\r?\n/)) parts.set(line.trim(), part);
  }
  return parts;
}
