/** Debian's package of each tool. */
const packages: Readonly<Record<string, string>> = {
  "cc": "gcc",
  "gcc": "gcc",
  "clang": "clang",
  "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
  "qemu-system-arm": "qemu-system-arm",
};

/** Whether a program is there. */
export async function hasTool(name: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(name, {
      args: ["--version"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      return false;
    }
    throw error;
  }
}

/**
 * The first of several programs that is there.
 *
 * @throws {DeployError} if none is, naming the package to install.
 */
export async function firstTool(names: readonly string[]): Promise<string> {
  for (const name of names) if (await hasTool(name)) return name;
  throw new DeployError(
    `${names.join(", ")}: not found; on Debian: apt-get install ${packages[names[0]]}`,
  );
}

/**
 * Refuses to go on without programs.
 *
 * @throws {DeployError} naming the packages to install.
 */
export async function needTools(names: readonly string[]): Promise<void> {
  const missing: string[] = [];
  for (const name of names) if (!(await hasTool(name))) missing.push(name);
  if (missing.length === 0) return;
  const install = missing.map((name) => packages[name]).join(" ");
  throw new DeployError(`${missing.join(", ")}: not found; on Debian: apt-get install ${install}`);
}

/** Gives a folder with files in it to `use`, and removes it. */
export async function inFolderWith<Result>(
  files: Readonly<Record<string, string>>,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "tinyloom" });
  try {
    for (const [path, text] of Object.entries(files)) {
      const above = path.split("/").slice(0, -1).join("/");
      if (above !== "") await Deno.mkdir(`${folder}/${above}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * A project that cannot be written, built or run here; the message says what would help.
 *
 * @category Deployment
 */
export class DeployError extends Error {
  /** The class, for people. */
  override readonly name = "DeployError";
}
