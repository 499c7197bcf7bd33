import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { kernelSpec } from "../../lib/notebook/install_kernel.ts";
import type { Output } from "./notebook.ts";

/** What execute.py reports: the code cells that ran, up to the first that failed. */
export interface Execution {
  cells: CellExecution[];
  /** What the kernel says of its language (`language_info`). */
  language: Record<string, unknown>;
}

export interface CellExecution {
  /** Position among all cells of the notebook. */
  index: number;
  status: "ok" | "error" | "aborted" | "timeout" | "died";
  ename: string;
  evalue: string;
  seconds: number;
  outputs: Output[];
}

export interface ExecuteOptions {
  /** A Python that has jupyter_client. */
  python: string;
  timeoutSeconds: number;
  /** Ask the notebook for small sizes. */
  quick: boolean;
  /** Ends the kernel. */
  signal: AbortSignal;
}

/** The first of the Pythons that can import jupyter_client, or null. */
export async function findPython(candidates = PYTHONS): Promise<string | null> {
  for (const python of candidates) {
    try {
      const probe = new Deno.Command(python, {
        args: ["-c", "import jupyter_client"],
        stdout: "null",
        stderr: "null",
      });
      if ((await probe.output()).success) return python;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}

// Debian's Jupyter belongs to Debian's Python; another python3 may come first on the path.
const PYTHONS = ["/usr/bin/python3", "python3", "python"];

/** Runs a notebook in a fresh kernel of the Deno that runs this, in the notebook's folder. */
export async function execute(path: string, options: ExecuteOptions): Promise<Execution> {
  const { python, timeoutSeconds, quick, signal } = options;
  const jupyter = await Deno.makeTempDir({ prefix: "tinyloom-jupyter-" });
  try {
    await Deno.mkdir(`${jupyter}/kernels/deno`, { recursive: true });
    const spec = kernelSpec({ denoPath: Deno.execPath() });
    await Deno.writeTextFile(`${jupyter}/kernels/deno/kernel.json`, JSON.stringify(spec));
    const { TINYLOOM_QUICK: _, JUPYTER_PATH: __, ...variables } = Deno.env.toObject();
    const child = new Deno.Command(python, {
      args: [EXECUTE, basename(path), String(timeoutSeconds)],
      cwd: dirname(path),
      clearEnv: true,
      // Nothing that the user has installed or configured takes part.
      env: {
        ...variables,
        ...(quick ? { TINYLOOM_QUICK: "1" } : {}),
        JUPYTER_DATA_DIR: jupyter,
        JUPYTER_CONFIG_DIR: `${jupyter}/config`,
        JUPYTER_RUNTIME_DIR: `${jupyter}/runtime`,
      },
      signal,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    // It keeps its own deadline; this one is for when Python itself hangs.
    const watchdog = setTimeout(() => child.kill("SIGTERM"), (timeoutSeconds + 60) * 1000);
    const { success, stdout, stderr } = await child.output().finally(() => clearTimeout(watchdog));
    if (!success) {
      const reason = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
      throw new Error(`the kernel could not be run: ${reason || "no reason given"}`);
    }
    return JSON.parse(new TextDecoder().decode(stdout));
  } finally {
    await Deno.remove(jupyter, { recursive: true });
  }
}

const EXECUTE = fileURLToPath(new URL("execute.py", import.meta.url));
