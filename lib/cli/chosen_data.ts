import { join } from "node:path";
import { type ImageFit, imageFits } from "../engine/io/image_values.ts";
import type { DataFile } from "../tinynas/data/array_files.ts";
import type { Augmentation } from "../tinynas/data/augment.ts";
import { type ReadData, readData } from "../tinynas/data/read_data.ts";
import { type CommandContext, type Flag, InputError, UsageError } from "./command.ts";

/** Sets that are called by name: where they are expected, nothing is downloaded. */
const SETS = {
  "fashion-mnist": {
    folder: "/usr/share/datasets/fashion-mnist",
    from:
      "where Debian's package dataset-fashion-mnist puts it (apt-get install dataset-fashion-mnist)",
    classes: "T-shirt,trouser,pullover,dress,coat,sandal,shirt,sneaker,bag,ankle boot".split(","),
  },
} as const;

/** Flags on what is learnt. */
export const dataFlags = {
  data: {
    kind: "text",
    value: "DIR|FILE|fashion-mnist",
    about:
      "learn this: class folders of images or WAV, IDX or CIFAR-10 files, .npz, .npy or Arrow " +
      `(fashion-mnist: ${SETS["fashion-mnist"].folder})`,
  },
  size: {
    kind: "integer",
    value: "PIXELS",
    about: "rows and columns that images of --data are read at (default 80)",
    least: 8,
  },
  fit: {
    kind: "text",
    value: imageFits.join("|"),
    about: "how images of other proportions become square (default crop)",
  },
  grey: { kind: "boolean", about: "read images without colours" },
  seconds: { kind: "number", value: "N", about: "of each sound of --data (default 1)" },
  only: { kind: "text", value: "A,B", about: "class folders to learn (default: all)" },
  group: {
    kind: "text",
    value: "REGEX",
    about: "its brackets find a file's group, such as the speaker, which is not split " +
      "(default: the speaker in Speech Commands' names)",
  },
  "per-class": { kind: "integer", value: "N", about: "files of a class at most", least: 2 },
  augment: {
    kind: "text",
    value: "LIST",
    about:
      "how examples are changed as they are learnt, as mirror,shift=0.1,contrast=0.2,erase=0.3 " +
      "or none (default: mirror,shift=0.1 for images, shift-rows=0.1 for sound, none for arrays)",
  },
} as const satisfies Readonly<Record<string, Flag>>;

/** What is learnt, and how it is changed meanwhile. */
export interface ChosenData {
  readonly data: ReadData;
  readonly augment: Augmentation;
  /** Rows of the networks' inputs, if they are to be those of the data: a chip does not resize sound. */
  readonly resolutions?: readonly number[];
}

/**
 * The data that the flags name; null without `--data`.
 *
 * @throws {UsageError} for a flag about data that are not there.
 * @throws {InputError} for files that cannot be read as data.
 */
export async function chosenData(context: CommandContext): Promise<ChosenData | null> {
  const { flags, progress, resolve } = context;
  const named = flags.data as string | undefined;
  if (named === undefined) {
    const lost = Object.keys(dataFlags).find((name) =>
      flags[name] !== undefined && flags[name] !== false
    );
    if (lost !== undefined) throw new UsageError(`--${lost} is about --data, which is not given`);
    return null;
  }
  const set = Object.hasOwn(SETS, named) ? SETS[named as keyof typeof SETS] : undefined;
  const files = await filesOf(set?.folder ?? resolve(named), { named, from: set?.from });
  const size = flags.size as number | undefined;
  const only = flags.only as string | undefined;
  // Checked before hours of reading.
  const augment = flags.augment === undefined ? null : augmentOf(flags.augment as string);
  try {
    const data = await readData(files, {
      ...(size !== undefined && { height: size }),
      ...(flags.fit !== undefined && { fit: flags.fit as ImageFit }),
      ...(flags.grey === true && { channels: 1 }),
      ...(flags.seconds !== undefined && { seconds: flags.seconds as number }),
      ...(only !== undefined && { only: only.split(",") }),
      ...(flags.group !== undefined && { group: flags.group as string }),
      ...(flags["per-class"] !== undefined && { mostPerClass: flags["per-class"] as number }),
      ...(set !== undefined && { classes: set.classes }),
      seed: flags.seed as number,
      onProgress: ({ done, of }) => {
        context.signal.throwIfAborted();
        if (done % 50 === 0 || done === of) progress(`reading: ${done} of ${of} files`);
      },
    });
    return {
      data,
      augment: augment ?? usualAugment(set === undefined ? data.kind : "images"),
      ...(data.kind === "sound" && { resolutions: [data.train.height] }),
    };
  } catch (error) {
    const isTheirs = error instanceof TypeError || error instanceof RangeError ||
      error instanceof SyntaxError;
    if (isTheirs) throw new InputError(`--data ${named}: ${error.message}`);
    throw error;
  }
}

/** Time does not run backwards, and digits and letters do not mean the same mirrored. */
function usualAugment(kind: ReadData["kind"]): Augmentation {
  if (kind === "images") return { mirror: true, shiftRows: 0.1, shiftColumns: 0.1 };
  return kind === "sound" ? { mirror: false, shiftRows: 0.1 } : { mirror: false };
}

const SHARES: Readonly<Record<string, readonly (keyof Augmentation)[]>> = {
  shift: ["shiftRows", "shiftColumns"],
  "shift-rows": ["shiftRows"],
  "shift-columns": ["shiftColumns"],
  contrast: ["contrast"],
  brightness: ["brightness"],
  erase: ["erase"],
};

function augmentOf(text: string): Augmentation {
  const words = text.split(",").filter((word) => word !== "none");
  const shares: Record<string, number> = {};
  for (const word of words.filter((word) => word !== "mirror")) {
    const [name, value] = word.split("=");
    const share = value === undefined || value === "" ? NaN : Number(value);
    if (!Object.hasOwn(SHARES, name) || !(share >= 0 && share < 1)) {
      throw new UsageError(
        `--augment has "${word}", needed none, mirror, or one of ${
          Object.keys(SHARES).join(", ")
        } with ` +
          "a share below 1, as shift=0.1",
      );
    }
    for (const each of SHARES[name]) shares[each] = share;
  }
  return { mirror: words.includes("mirror"), ...shares };
}

/** The file, or all files of a folder and of those in it, in order; hidden ones are passed over. */
async function filesOf(
  path: string,
  { named, from }: { readonly named: string; readonly from: string | undefined },
): Promise<readonly DataFile[]> {
  try {
    if (!(await Deno.stat(path)).isDirectory) {
      return [{ path: named.replace(/^.*[\\/]/, ""), read: () => Deno.readFile(path) }];
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new InputError(
      from === undefined
        ? `--data ${named}: there is no such folder or file`
        : `--data ${named} is expected in ${path}, ${from}; nothing is downloaded`,
    );
  }
  const files: DataFile[] = [];
  const walk = async (below: string, depth: number) => {
    const entries = (await Array.fromAsync(Deno.readDir(join(path, below))))
      .filter(({ name }) => !name.startsWith("."))
      .sort((a, b) => a.name < b.name ? -1 : 1);
    for (const { name } of entries) {
      const inner = below === "" ? name : `${below}/${name}`;
      const whole = join(path, inner);
      // Links are followed, as far as folders of sets go.
      if (!(await Deno.stat(whole)).isDirectory) {
        files.push({ path: inner, read: () => Deno.readFile(whole) });
      } else if (depth < MOST_DEPTH) await walk(inner, depth + 1);
    }
  };
  await walk("", 0);
  return files;
}

const MOST_DEPTH = 4;
