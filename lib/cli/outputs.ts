import { linkTarget } from "../measure/file_lock.ts";
import { type Command, type CommandContext, UsageError } from "./command.ts";

/** Names of images, which folders of inputs are searched for. */
export const IMAGE = /\.(png|jpe?g|jpe|jfif|bmp|gif)$/i;

/**
 * Refuses to write over what is read, or one file twice, before anything is done.
 *
 * @throws {UsageError} naming the flag and both files.
 */
export async function checkOutputs(
  command: Command,
  { flags, operands, resolve }: Pick<CommandContext, "flags" | "operands" | "resolve">,
): Promise<void> {
  const texts = Object.entries(command.flags).flatMap(([name, { kind, writes = false }]) =>
    kind !== "text" && kind !== "texts"
      ? []
      : [flags[name] ?? []].flat().map((text) => ({ name, text: text as string, writes }))
  );
  const read = new Map<string, string>();
  const folders: string[] = [];
  for (const text of [...operands, ...texts.filter(({ writes }) => !writes).map((o) => o.text)]) {
    const file = await fileAt(resolve(text));
    if (file?.isFolder) folders.push(file.path);
    else if (file !== null) read.set(file.key, text);
  }
  const written = new Map<string, string>();
  for (const { name, text } of texts.filter(({ writes }) => writes)) {
    const file = await fileAt(resolve(text));
    const refuse = (why: string): never => {
      throw new UsageError(`--${name} ${text} ${why}: name another file, or add --force`);
    };
    if (file?.isFolder || file?.isDevice) continue;
    const key = file?.key ?? await linkTarget(resolve(text));
    if (read.has(key)) refuse(`would replace what is read, ${read.get(key)}`);
    if (written.has(key)) refuse(`is what --${written.get(key)} writes`);
    written.set(key, name);
    const isOfFolder = (folder: string) => file?.path.startsWith(`${folder}/`);
    if (IMAGE.test(text) && folders.some(isOfFolder)) refuse("would replace an image that is read");
  }
}

interface NamedFile {
  /** The same for all names of a file. */
  readonly key: string;
  /** Without links. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly isDevice: boolean;
}

/** What is at a path; null: nothing, as where a text is no path. */
async function fileAt(name: string): Promise<NamedFile | null> {
  try {
    const { dev, ino, isDirectory, isFile } = await Deno.stat(name);
    const path = await Deno.realPath(name);
    const key = ino === null || ino === 0 ? path : `${dev}:${ino}`;
    return { key, path, isFolder: isDirectory, isDevice: !isFile && !isDirectory };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return null;
  }
}
