import type { DType } from "./dtype.ts";

/**
 * One transformation of a schedule, as plain JSON: it prints, caches, replays and travels.
 *
 * @category Loop nests
 */
export type Step =
  | { readonly op: "reorder"; readonly order: readonly string[] }
  | {
    readonly op: "tile";
    readonly sizes: Readonly<Record<string, number>>;
    readonly names?: Readonly<Record<string, string>>;
  }
  | { readonly op: "unroll"; readonly axis: string; readonly factor: number | "full" }
  | {
    readonly op: "vectorize";
    readonly axis: string;
    readonly dot?: string;
    readonly reduction?: true;
  }
  | { readonly op: "parallel"; readonly axis: string }
  | {
    readonly op: "pack";
    readonly tensor: string;
    readonly at: string | null;
    readonly dtype?: DType;
  }
  | { readonly op: "stage"; readonly tensor: string; readonly at: string }
  | { readonly op: "accumulate"; readonly at: string };
