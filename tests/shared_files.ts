// Golden data: a folder next to the project that not everybody has, and a part of it that is in here.
import { readDirectory, unpacked } from "../lib/model/zip.ts";

/** A place with golden data. */
export interface Place {
  readonly name: string;
  /** The bytes of a file of their own, null if there is no such file. */
  readonly read: (path: string) => Uint8Array<ArrayBuffer> | null;
  /** Names of what is in a folder, sorted. */
  readonly names: (folder: string) => readonly string[];
}

/** The folder next to the project; null where there is none. */
export const shared: Place | null = folderAt(new URL("../../shared/", import.meta.url));

/** What the project carries of it: `fixtures/README.md` says what that is. */
export const carried: Place = archiveOf(
  Deno.readFileSync(new URL("fixtures/tensorflow_lite_micro.zip", import.meta.url)),
);

/** Both, the one with more first. */
export const places: readonly Place[] = shared === null ? [carried] : [shared, carried];

/** A file from the first place that has it, null if none has. */
export function findShared(path: string, from = places): Uint8Array<ArrayBuffer> | null {
  for (const place of from) {
    const bytes = place.read(path);
    if (bytes !== null) return bytes;
  }
  return null;
}

/** A file from the first place that has it. */
export function readShared(path: string, from = places): Uint8Array<ArrayBuffer> {
  const bytes = findShared(path, from);
  if (bytes === null) throw new Error(`no "${path}" in ${from.map(({ name }) => name)}`);
  return bytes;
}

function folderAt(root: URL): Place | null {
  const orNull = <Value>(read: () => Value): Value | null => {
    try {
      return read();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  };
  if (orNull(() => Deno.statSync(root)) === null) return null;
  return {
    name: "../shared",
    read: (path) => orNull(() => Deno.readFileSync(new URL(path, root))),
    names: (folder) =>
      orNull(() => [...Deno.readDirSync(new URL(`${folder}/`, root))])?.map(({ name }) => name)
        .sort() ?? [],
  };
}

function archiveOf(bytes: Uint8Array): Place {
  const files = unpacked(bytes, readDirectory(bytes));
  return {
    name: "tests/fixtures",
    read: (path) => Object.hasOwn(files, path) ? files[path].slice() : null,
    names: (folder) => {
      const below = Object.keys(files).filter((path) => path.startsWith(`${folder}/`));
      return [...new Set(below.map((path) => path.slice(folder.length + 1).split("/")[0]))].sort();
    },
  };
}
