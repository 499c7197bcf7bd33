import { UsageError } from "./usage_error.ts";

/**
 * What is in a file; null without one.
 *
 * @throws {UsageError} naming the file, where `read` throws a TypeError.
 */
export async function readIfThere<Content>(
  path: string,
  read: (text: string) => Content,
): Promise<Content | null> {
  try {
    return read(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (error instanceof TypeError) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}
