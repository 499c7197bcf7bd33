/** The parts of a notebook file (nbformat 4) that the runner reads or writes. */
export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown> & { kernelspec?: { name?: string } };
  nbformat: number;
  nbformat_minor: number;
}

export interface Cell {
  cell_type: "code" | "markdown" | "raw";
  id?: string;
  metadata: Record<string, unknown> & { tags?: string[] };
  source: string | string[];
  execution_count?: number | null;
  outputs?: Output[];
}

export type Output =
  | { output_type: "stream"; name: string; text: string | string[] }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] }
  | {
    output_type: "display_data" | "execute_result";
    data: Record<string, unknown>;
    metadata: Record<string, unknown>;
    execution_count?: number | null;
  };

export async function readNotebook(path: string): Promise<Notebook> {
  const notebook = JSON.parse(await Deno.readTextFile(path));
  if (notebook.nbformat !== 4 || !Array.isArray(notebook.cells)) {
    throw new TypeError(`${path} has nbformat ${notebook.nbformat}; needed: 4, with cells`);
  }
  return notebook;
}

export function sourceOf(cell: Cell): string {
  return Array.isArray(cell.source) ? cell.source.join("") : cell.source;
}

/** Written the way Jupyter does it (one space, sorted keys), to a temporary name and renamed. */
export async function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  await Deno.writeTextFile(temporary, JSON.stringify(sorted(notebook), null, 1) + "\n");
  await Deno.rename(temporary, path);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
