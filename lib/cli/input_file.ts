import { type CommandContext, InputError } from "./command.ts";

/**
 * What a text file of the user's holds.
 *
 * @throws {InputError} naming the file, where `read` refuses its text.
 */
export async function readInput<Content>(
  name: string,
  { resolve }: Pick<CommandContext, "resolve">,
  read: (text: string) => Content,
): Promise<Content> {
  const text = await Deno.readTextFile(resolve(name));
  try {
    return read(text);
  } catch (error) {
    throw new InputError(`${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** The same of a file that is made when there is none: undefined without it. */
export async function readInputIfThere<Content>(
  name: string,
  context: Pick<CommandContext, "resolve">,
  read: (text: string) => Content,
): Promise<Content | undefined> {
  try {
    return await readInput(name, context, read);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
