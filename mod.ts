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
