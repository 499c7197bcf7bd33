import defer * as nodePath from "node:path";

/**
 * A file that another process is writing.
 *
 * @category Measurement
 */
export class FileInUseError extends Error {
  /** The class, for people. */
  override readonly name = "FileInUseError";
}

/**
 * Keeps a file for this process until the lock is disposed of: who else wants it is refused. The lock
 * is a file beside it, which the system unlocks when its owner ends, however it ends; what is left of
 * one that was killed is in nobody's way.
 *
 * @throws {FileInUseError} another process, or another part of this one, has it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { FileInUseError, lockFile, writeWhole } from "tinyloom";
 *
 * const path = await Deno.makeTempFile();
 * {
 *   using _lock = await lockFile(path);
 *   await assert.rejects(() => lockFile(path), FileInUseError);
 *   await writeWhole(path, "mine alone");
 * }
 * using _next = await lockFile(path);
 * await Deno.remove(path);
 * ```
 *
 * @category Measurement
 */
export async function lockFile(path: string): Promise<Disposable> {
  const name = `${await linkTarget(path)}.lock`;
  for (;;) {
    const file = await Deno.open(name, { read: true, write: true, create: true });
    try {
      if (!await file.tryLock(true)) {
        throw new FileInUseError(
          `"${path}" is being written by another process, which holds ${name}: wait for its end, or ` +
            "name another file",
        );
      }
      // The owner before may have removed it between the two lines.
      if (await isAt(file, name)) return { [Symbol.dispose]: () => release(file, name) };
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
  }
}

function release(file: Deno.FsFile, name: string): void {
  try {
    Deno.removeSync(name);
  } catch {
    // Somebody cleaned up before.
  }
  file.close();
}

async function isAt(file: Deno.FsFile, name: string): Promise<boolean> {
  try {
    const [own, there] = await Promise.all([file.stat(), Deno.stat(name)]);
    return own.ino === there.ino && own.dev === there.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const MOST_LINKS = 40;

/** What a path stands for when it is written: the end of a chain of symbolic links, there or not. */
export async function linkTarget(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    if (!await isLink(target)) return target;
    const folder = await Deno.realPath(nodePath.dirname(target));
    target = nodePath.resolve(folder, await Deno.readLink(target));
  }
  throw new Error(`"${path}" is a link to itself`);
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isSymlink;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
