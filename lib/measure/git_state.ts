import { granted } from "./granted.ts";

/** The commit of a folder and whether its files differ from it; null where git could not say. */
export interface GitState {
  readonly gitCommit: string | null;
  readonly gitDirty: boolean | null;
}

/** Asks git about a folder (default: the working directory), if running git is permitted. */
export function gitState(folder?: string): GitState {
  const commit = git(["rev-parse", "HEAD"], folder);
  const changes = commit === null ? null : git(["status", "--porcelain"], folder);
  return { gitCommit: commit, gitDirty: changes === null ? null : changes !== "" };
}

function git(args: readonly string[], folder?: string): string | null {
  if (!granted({ name: "run", command: "git" })) return null;
  try {
    const { success, stdout } = new Deno.Command("git", {
      args: [...args],
      cwd: folder,
      stdin: "null",
      stderr: "null",
    }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch {
    // No git on this machine, or no such folder: the commit is unknown.
    return null;
  }
}
