/** What is recorded of one program. */
export interface Figures {
  /** The arena; null for kernels of the lab, which have none. */
  readonly peakBytes: number | null;
  /** Digest of the outputs. */
  readonly outputs: string;
  /** Length of the WebAssembly module. */
  readonly wasmBytes: number;
}

/** Figures by what was compiled, and by how. */
export type Recorded = Readonly<Record<string, Readonly<Record<string, Figures>>>>;

/** By how much a module may grow unnoticed. */
export const mostGrowth = 0.1;

const file = new URL("recorded.json", import.meta.url);
const again = "if that is intended: deno run -A tests/characterization/record.ts";

/** What `record.ts` has written. */
export const recorded: { readonly models: Recorded; readonly lab: Recorded } = JSON.parse(
  Deno.readTextFileSync(file),
);

/**
 * Compares figures with those recorded: arenas may shrink, modules may grow by a tenth, outputs may
 * not change by a bit. One sentence for each thing that is not so.
 */
export function differences(
  found: Readonly<Record<string, Figures>>,
  wanted: Readonly<Record<string, Figures>> | undefined,
): readonly string[] {
  if (wanted === undefined) return [`nothing is recorded; ${again}`];
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
  return names.flatMap((name) => {
    const [now, before] = [found[name], wanted[name]];
    if (now === undefined) return [`"${name}" is recorded, but not there; ${again}`];
    if (before === undefined) return [`"${name}" is not recorded; ${again}`];
    return compared(now, before).map((what) => `${name}: ${what}; ${again}`);
  });
}

function compared(now: Figures, before: Figures): readonly string[] {
  const found: string[] = [];
  if ((now.peakBytes ?? 0) > (before.peakBytes ?? 0)) {
    found.push(`the arena has ${now.peakBytes} bytes, ${before.peakBytes} are recorded`);
  }
  if (now.outputs !== before.outputs) {
    found.push(`the outputs are ${now.outputs}, ${before.outputs} is recorded`);
  }
  if (now.wasmBytes > (1 + mostGrowth) * before.wasmBytes) {
    found.push(
      `the module has ${now.wasmBytes} bytes, ${before.wasmBytes} are recorded, ` +
        `of which it may have ${100 * mostGrowth} % more`,
    );
  }
  return found;
}

/** The sizes of modules beside those recorded, in a sentence. */
export function sizesInWords(found: Recorded, wanted: Recorded): string {
  let [now, before] = [0, 0];
  for (const [name, own] of Object.entries(found)) {
    for (const [way, { wasmBytes }] of Object.entries(own)) {
      now += wasmBytes;
      before += wanted[name]?.[way]?.wasmBytes ?? 0;
    }
  }
  const change = 100 * (now / before - 1);
  return `WebAssembly of ${Object.keys(found).length} programs: ${
    now.toLocaleString("en")
  } bytes, ` +
    `recorded ${before.toLocaleString("en")} (${change < 0 ? "" : "+"}${change.toFixed(1)} %)`;
}
