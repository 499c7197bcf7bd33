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

export {
  chartToText,
  type MediaBundle,
  mediaBundle,
  type MediaOptions,
  type Showable,
  type ShowableMarkup,
  type ShowableSpec,
} from "./media_bundle.ts";
export {
  type InstalledKernel,
  installKernel,
  type InstallKernelOptions,
  jupyterDataDirectory,
  kernelCommand,
  type KernelCommandOptions,
  type KernelCommandResult,
  type KernelSpec,
  kernelSpec,
  type KernelSpecOptions,
} from "./install_kernel.ts";
export {
  type Broadcast,
  interruptSignals,
  type NotebookSession,
  setupNotebook,
  show,
  type ShowOptions,
} from "./notebook_session.ts";
export { type Progress, progress, type ProgressOptions } from "./progress.ts";
