import { type Lookout, setHost, type Watcher, type Work } from "../host.ts";
import { checkOptions } from "../check_arguments.ts";
import { escapeHtml } from "../measure/print_table.ts";
import { mediaBundle, type Showable } from "./media_bundle.ts";
import { type Broadcast, interruptSignals, kernelBroadcast, settled } from "./notebook_session.ts";

/**
 * A progress bar under a notebook cell. Both functions may be passed on without their object.
 *
 * @category Notebooks
 */
export interface Progress {
  /** Tells how much of the total is done, with an optional note such as the variant at work. */
  readonly update: (completed: number, note?: string) => void;
  /** Shows the last state and resolves when the front ends have it; later updates are ignored. */
  readonly done: () => Promise<void>;
}

/**
 * How a progress bar is labelled, and where it goes.
 *
 * @category Notebooks
 */
export interface ProgressOptions {
  /** What is going on. */
  readonly label?: string;
  /** What is counted, for instance `ms` when the total is a time budget. */
  readonly unit?: string;
  /** The way to the front ends; null: show nothing. Default: the running kernel. */
  readonly broadcast?: Broadcast | null;
  /** The clock, in milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
  /** When the work began, by that clock. Default: now. */
  readonly startedMs?: number;
  /** Whether nothing is left of the bar in the end; default false. */
  readonly vanishes?: boolean;
}

const MIN_INTERVAL_MS = 100;

/**
 * Starts a live progress bar as an output of the running notebook cell. It is drawn at most ten times
 * a second, also from synchronous code. Outside of the Deno Jupyter kernel it shows nothing.
 *
 * @param total the number of steps, above zero
 * @throws {RangeError} if the total, or a completed number, is not a number in range
 *
 * @example
 * ```ts
 * import { progress } from "tinyloom";
 *
 * const bar = progress(3, { label: "tiles" });
 * for (let step = 1; step <= 3; step++) bar.update(step);
 * await bar.done();
 * ```
 *
 * @category Notebooks
 */
export function progress(total: number, options: ProgressOptions = {}): Progress {
  checkOptions("progress", options, "label unit broadcast now startedMs vanishes");
  if (!Number.isFinite(total) || total <= 0) {
    throw new RangeError(`Cannot show progress towards ${total}; needed: a finite total above 0`);
  }
  const { label = "", unit = "", vanishes = false } = options;
  const { broadcast = kernelBroadcast(), now = () => performance.now() } = options;
  const id = crypto.randomUUID();
  const { startedMs = now() } = options;
  let completed = 0;
  let note = "";
  let drawnMs = -Infinity;
  let open = true;

  const draw = async (): Promise<void> => {
    if (broadcast === null) return;
    const type = drawnMs === -Infinity ? "display_data" : "update_display_data";
    drawnMs = now();
    const line = progressLine({
      label,
      unit,
      note,
      completed,
      total,
      elapsedMs: drawnMs - startedMs,
    });
    await broadcast(type, {
      data: vanishes && !open
        ? { "text/html": "", "text/plain": "" }
        : { "text/html": progressHtml(completed / total, line), "text/plain": line },
      metadata: {},
      transient: { display_id: id },
    });
  };

  let drawn: Promise<unknown> = draw();
  return {
    update(value, text = "") {
      if (!(value >= 0)) {
        throw new RangeError(`Cannot show ${value} of ${total} as progress; needed: 0 to ${total}`);
      }
      if (!open) return;
      completed = Math.min(value, total);
      note = text;
      if (now() - drawnMs >= MIN_INTERVAL_MS) drawn = Promise.all([drawn, draw()]);
    },
    async done() {
      if (!open) return;
      open = false;
      await drawn;
      await draw();
      if (broadcast !== null) await settled(0);
    },
  };
}

interface ProgressState {
  readonly label: string;
  readonly unit: string;
  readonly note: string;
  readonly completed: number;
  readonly total: number;
  readonly elapsedMs: number;
}

/** For instance `tiles: 3/12 (25 %), 1.0 s, about 3.0 s left, j = 64`. */
function progressLine({ label, unit, note, completed, total, elapsedMs }: ProgressState): string {
  const share = completed / total;
  const parts = [
    `${Math.round(completed)}/${Math.round(total)}${unit && ` ${unit}`} (${percent(share)})`,
    seconds(elapsedMs),
    ...(share > 0 && share < 1 ? [`about ${seconds(elapsedMs / share - elapsedMs)} left`] : []),
    ...(note ? [note] : []),
  ];
  return (label ? `${label}: ` : "") + parts.join(", ");
}

function progressHtml(share: number, line: string): string {
  const bar = `<progress max="1" value="${share.toFixed(3)}"></progress>`;
  return `${bar} <code>${escapeHtml(line)}</code>`;
}

function percent(share: number): string {
  return `${Math.floor(100 * share)} %`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** What is done before is done without a bar. */
const PATIENCE_MS = 500;
const LOOK_EVERY_MS = 100;

setHost({ display: (value) => mediaBundle(value as Showable), watch, lookOut });

/** Work that lets others have their turn: the stop button is a signal like any other. */
function watch({ label, total, unit }: Work): Watcher | null {
  if (kernelBroadcast() === null) return null;
  const startMs = performance.now();
  let bar: Progress | null = null;
  return {
    signal: nextInterrupt(),
    update: (done, note) => {
      if (bar === null && performance.now() - startMs < PATIENCE_MS) return;
      bar ??= progress(total, { label, unit, startedMs: startMs, vanishes: true });
      bar.update(Math.min(done, total), note);
    },
    end: async () => await bar?.done(),
  };
}

let interrupts: (() => AbortSignal) | null = null;

/** Without a listener an interrupt ends the plain Deno kernel. */
function nextInterrupt(): AbortSignal {
  interrupts ??= interruptSignals((interrupt) => Deno.addSignalListener("SIGINT", interrupt));
  return interrupts();
}

/** Work that lets nobody else have a turn: another thread hears the stop button. */
function lookOut(work: Work | null): Lookout | null {
  if (kernelBroadcast() === null) return null;
  nextInterrupt();
  const startMs = performance.now();
  let nextMs = startMs + PATIENCE_MS;
  let bar: Progress | null = null;
  let presses: number | null = null;
  let isStopped = false;
  return {
    isStopped: (nowMs) => {
      if (isStopped || nowMs < nextMs) return isStopped;
      nextMs = nowMs + LOOK_EVERY_MS;
      presses ??= pressed();
      if (work !== null) {
        const { label, total, unit } = work;
        bar ??= progress(total, { label, unit, startedMs: startMs, vanishes: true });
        bar.update(Math.min(nowMs - startMs, total));
      }
      return isStopped = pressed() > presses;
    },
    end: () => void bar?.done(),
  };
}

let counter: Int32Array<SharedArrayBuffer> | null = null;

/** How often the stop button was pressed since the first call, also while this thread is at work. */
function pressed(): number {
  if (counter === null) {
    counter = new Int32Array(new SharedArrayBuffer(4));
    const ear = new Worker(`data:application/javascript,${encodeURIComponent(listening)}`, {
      type: "module",
      name: "stop button",
    });
    ear.postMessage(counter);
  }
  return Atomics.load(counter, 0);
}

const listening = `onmessage = ({ data }) => {
  Deno.addSignalListener("SIGINT", () => Atomics.add(data, 0, 1));
};`;
