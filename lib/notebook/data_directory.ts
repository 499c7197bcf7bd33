/**
 * The folder where Jupyter looks for the kernels of a user, from the environment's variables:
 * `JUPYTER_DATA_DIR`, or else what the system prescribes (`XDG_DATA_HOME/jupyter` or
 * `~/.local/share/jupyter`; macOS `~/Library/Jupyter`; Windows `%APPDATA%\jupyter`).
 * Source: "Common Directories and File Locations" of the Jupyter documentation.
 *
 * @param variables the environment, as `Deno.env.toObject()` gives it
 * @param options.os operating system, as in `Deno.build.os`; default: the running one
 * @throws {TypeError} if the variable that is needed is missing
 *
 * @example
 * ```ts
 * import { jupyterDataDirectory } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const directory = jupyterDataDirectory({ HOME: "/home/ada" }, { os: "linux" });
 * assert.equal(directory, "/home/ada/.local/share/jupyter");
 * ```
 *
 * @category Notebooks
 */
export function jupyterDataDirectory(
  variables: Readonly<Record<string, string | undefined>>,
  options: { readonly os?: string } = {},
): string {
  const { os = Deno.build.os } = options;
  if (variables.JUPYTER_DATA_DIR) return variables.JUPYTER_DATA_DIR;
  if (os === "windows") return `${needed(variables, "APPDATA")}\\jupyter`;
  if (os === "darwin") return `${needed(variables, "HOME")}/Library/Jupyter`;
  if (variables.XDG_DATA_HOME) return `${variables.XDG_DATA_HOME}/jupyter`;
  return `${needed(variables, "HOME")}/.local/share/jupyter`;
}

function needed(variables: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = variables[name];
  if (value) return value;
  throw new TypeError(
    `Cannot tell Jupyter's data folder: ${name} is not set; needed: ${name} or JUPYTER_DATA_DIR`,
  );
}
