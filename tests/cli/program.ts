/** What a command line gave. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const root = new URL("../../", import.meta.url);

/** Runs the program in a folder, as a person would. */
export async function tinyloom(args: readonly string[], cwd?: string): Promise<Ran> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("lib/cli/main.ts", root).pathname, ...args],
    cwd,
    env: { NO_COLOR: "1", INIT_CWD: cwd ?? Deno.cwd() },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  // Sentences that are broken where the terminal ends are whole again.
  return { code, stdout: text(stdout), stderr: text(stderr).replaceAll(/\n {2,}/g, " ") };
}

/** Makes a folder for the time of a test. */
export async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
