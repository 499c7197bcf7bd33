/** Another revision, checked out in a temporary folder; disposing of it removes the folder. */
export interface Checkout {
  readonly folder: string;
  readonly commit: string;
  readonly [Symbol.dispose]: () => void;
}

/** What was asked for cannot be checked out. */
export class CheckoutError extends Error {
  override readonly name = "CheckoutError";
}

const signals = Deno.build.os === "windows"
  ? ["SIGINT"] as const
  : ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const interrupted = 130;

/**
 * Checks a revision out beside the repository's own work tree. An interrupt removes it as well, and
 * ends the process.
 *
 * @throws {CheckoutError} if there is no such revision, no repository, or no git.
 */
export function checkOut(ref: string, repository: string): Checkout {
  const git = (...args: readonly string[]) => gitText(repository, args);
  const found = git("rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`);
  if (!found.ok) {
    throw new CheckoutError(`there is no revision "${ref}" to compare with: ${found.text}`);
  }
  const commit = found.text;
  const temporary = Deno.makeTempDirSync({ prefix: "tinyloom-against-" });
  const folder = `${temporary}/${commit.slice(0, 12)}`;
  const remove = () => {
    git("worktree", "remove", "--force", folder);
    Deno.removeSync(temporary, { recursive: true });
    git("worktree", "prune");
  };
  const added = git("worktree", "add", "--detach", "--quiet", folder, commit);
  if (!added.ok) {
    remove();
    throw new CheckoutError(`${ref} cannot be checked out: ${added.text}`);
  }
  let removed = false;
  const release = () => {
    if (removed) return;
    removed = true;
    for (const signal of signals) Deno.removeSignalListener(signal, interrupt);
    remove();
  };
  const interrupt = () => {
    release();
    Deno.exit(interrupted);
  };
  for (const signal of signals) Deno.addSignalListener(signal, interrupt);
  return { folder, commit, [Symbol.dispose]: release };
}

function gitText(folder: string, args: readonly string[]) {
  try {
    const command = new Deno.Command("git", { args: ["-C", folder, ...args], stdin: "null" });
    const { success, stdout, stderr } = command.outputSync();
    const text = new TextDecoder().decode(success ? stdout : stderr).trim();
    return { ok: success, text };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { ok: false, text: "git is not installed" };
    throw error;
  }
}
