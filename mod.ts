export { type Affine, affine } from "./lib/nest/affine.ts";
export { defineNest } from "./lib/nest/define_nest.ts";
export { matmul } from "./lib/nest/matmul.ts";
export { accumulate } from "./lib/schedule/accumulate.ts";
export { pack } from "./lib/schedule/pack.ts";
export { parallel } from "./lib/schedule/parallel.ts";
export { reorder } from "./lib/schedule/reorder.ts";
export { tile } from "./lib/schedule/tile.ts";
export { unroll } from "./lib/schedule/unroll.ts";
export { vectorize } from "./lib/schedule/vectorize.ts";
export { compile } from "./lib/codegen/compile.ts";
export { execute } from "./lib/codegen/execute.ts";
export { instantiate } from "./lib/codegen/instantiate.ts";
export { createPool } from "./lib/codegen/thread_pool.ts";
// chart
export { renderSvg } from "./lib/chart/render_svg.ts";

// measure
export { tableToHtml } from "./lib/measure/table_to_html.ts";
export { tableToText } from "./lib/measure/table_to_text.ts";

// notebook
export { chartToText } from "./lib/notebook/chart_text.ts";
export { jupyterDataDirectory } from "./lib/notebook/data_directory.ts";
export {
  type InstalledKernel,
  installKernel,
  type InstallKernelOptions,
} from "./lib/notebook/install_kernel.ts";
export { interruptSignals } from "./lib/notebook/interrupt.ts";
export type { Broadcast } from "./lib/notebook/kernel.ts";
export {
  kernelCommand,
  type KernelCommandOptions,
  type KernelCommandResult,
} from "./lib/notebook/kernel_command.ts";
export { type KernelSpec, kernelSpec, type KernelSpecOptions } from "./lib/notebook/kernelspec.ts";
export { mediaBundle } from "./lib/notebook/media_bundle.ts";
export { type Progress, progress, type ProgressOptions } from "./lib/notebook/progress.ts";
export { type NotebookSession, setupNotebook } from "./lib/notebook/setup_notebook.ts";
export { show, type ShowOptions } from "./lib/notebook/show.ts";
export type {
  MediaBundle,
  MediaOptions,
  Showable,
  ShowableMarkup,
  ShowableSpec,
} from "./lib/notebook/showable.ts";
