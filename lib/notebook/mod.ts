/**
 * Notebooks: charts, tables and text shown in Jupyter, and a kernel that is ready to use.
 *
 * Tables, charts, plans, nests, engines and models appear richly as the last expression of a cell; `show`
 * shows them in place, and SVG or Markdown. Long work (`bench`, `tune`, `profile`, `searchNetwork`,
 * `planMemory`) draws its own progress, and the stop button ends it with what it has. `setupNotebook`
 * prepares a session for cells of your own, `progress` draws a bar for them. `installKernel` installs a
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
  mediaBundle,
  type Showable,
  type ShowableMarkup,
  type ShowableSpec,
} from "./media_bundle.ts";
export type { MediaBundle, MediaOptions } from "./rich_display.ts";
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
