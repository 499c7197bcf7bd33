import { files } from "./samples.ts";

/** What a command line prints, read as JSON. */
export type Output = (command: string, line: readonly string[]) => Promise<unknown>;

/** Runs command lines in a folder with the files that they read, and removes it. */
export async function inSampleFolder(use: (output: Output) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tinyloom-samples-" });
  try {
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(`${folder}/${name}`, bytes);
    }
    await use(async (command, line) => {
      const program = new URL("../../../lib/cli/main.ts", import.meta.url).pathname;
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", program, command, ...line, "--json"],
        cwd: folder,
        env: { NO_COLOR: "1", INIT_CWD: folder },
      }).output();
      const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      // 1 is a negative answer, which is an answer.
      if (code > 1 || out === "") throw new Error(`${command} ${line.join(" ")}: ${errors}`);
      return JSON.parse(out);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
