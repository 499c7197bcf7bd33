/** What a program printed; both its outputs as text. */
export interface ProgramOutput {
  readonly success: boolean;
  readonly text: string;
  readonly errors: string;
}

/** Where a program runs, and until when. */
export interface ProgramOptions {
  /** Its folder; left out: the one that this runs in. */
  readonly cwd?: string;
  /** Ends it, and all that it has started. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a program to its end. With a signal it has a group of its own, so that what it has started ends
 * with it: a compiler's driver that is ended alone leaves the compiler behind, at work and with the pipes
 * open.
 *
 * @throws {DOMException} the signal's reason; by then nothing of the program is left.
 * @throws {Deno.errors.NotFound} if there is no such program.
 */
export async function runProgram(
  name: string,
  args: readonly string[],
  { cwd, signal }: ProgramOptions = {},
): Promise<ProgramOutput> {
  signal?.throwIfAborted();
  const hasGroup = signal !== undefined && Deno.build.os !== "windows";
  const child = new Deno.Command(name, {
    args: [...args],
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: hasGroup,
  }).spawn();
  const end = () => endChild(child, hasGroup);
  signal?.addEventListener("abort", end);
  try {
    const output = child.output();
    // What it has started may keep its pipes open, where that cannot be ended.
    const ended = child.status.then(() => {
      signal?.throwIfAborted();
      return output;
    });
    const { success, stdout, stderr } = await Promise.race([output, ended]);
    signal?.throwIfAborted();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { success, text: decode(stdout), errors: decode(stderr) };
  } finally {
    signal?.removeEventListener("abort", end);
  }
}

function endChild(child: Pick<Deno.ChildProcess, "pid" | "kill">, hasGroup: boolean): void {
  try {
    if (!hasGroup) return child.kill("SIGTERM");
    // A group is ended by the permission to run whatever there is; one's own child by any.
    const { state } = Deno.permissions.querySync({ name: "run" });
    if (state === "granted") Deno.kill(-child.pid, "SIGTERM");
    else child.kill("SIGTERM");
  } catch {
    // It has ended meanwhile.
  }
}
