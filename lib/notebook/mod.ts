/**
 * Notebooks: charts, tables and text shown in Jupyter, and a kernel that is ready to use.
 *
 * `setupNotebook` prepares a session (a cell that is interrupted keeps what it has), `show` shows a chart,
 * a table, SVG or Markdown in place, `progress` a bar that replaces itself. `installKernel` installs a
 * Deno kernel whose stop button costs no variables. Outside a notebook `show` gives text.
 *
 * @example
 * ```ts
 * import { show } from "tinyloom/notebook";
 * import { tableFromRows } from "tinyloom/measure";
 * import assert from "node:assert/strict";
 *
 * const text = await show(tableFromRows([{ kernel: "best", gflops: 48 }]));
 * assert.match(text ?? "", /best +48/);
 * ```
 *
 * @module
 */

export { chartToText } from "./chart_text.ts";
export { jupyterDataDirectory } from "./data_directory.ts";
export {
  type InstalledKernel,
  installKernel,
  type InstallKernelOptions,
} from "./install_kernel.ts";
export { interruptSignals } from "./interrupt.ts";
export type { Broadcast } from "./kernel.ts";
export {
  kernelCommand,
  type KernelCommandOptions,
  type KernelCommandResult,
} from "./kernel_command.ts";
export { type KernelSpec, kernelSpec, type KernelSpecOptions } from "./kernelspec.ts";
export { mediaBundle } from "./media_bundle.ts";
export { type Progress, progress, type ProgressOptions } from "./progress.ts";
export { type NotebookSession, setupNotebook } from "./setup_notebook.ts";
export { show, type ShowOptions } from "./show.ts";
export type {
  MediaBundle,
  MediaOptions,
  Showable,
  ShowableMarkup,
  ShowableSpec,
} from "./showable.ts";
