import { runCli } from "../../lib/cli/run_cli.ts";

/** What a command line gave, in this process. */
export interface Said {
  readonly code: number;
  /** Results, what was said beside them, and lines that replaced each other, in order. */
  readonly printed: string;
  readonly notes: readonly string[];
  readonly progress: readonly string[];
}

/** Runs a command line without a process of its own: quick, and its progress is heard. */
export async function said(
  args: readonly string[],
  { folder = "/nowhere", width = 80, env = {}, signal = new AbortController().signal }: {
    readonly folder?: string;
    readonly width?: number;
    readonly env?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Said> {
  const printed: string[] = [];
  const notes: string[] = [];
  const progress: string[] = [];
  const code = await runCli(args, {
    print: (text) => void printed.push(text),
    note: (text) => void notes.push(text),
    progress: (text) => void progress.push(text),
    width,
    resolve: (path) => path.startsWith("/") ? path : `${folder}/${path}`,
    signal,
    env: (name) => env[name],
  });
  return { code, printed: printed.join("\n"), notes, progress };
}
