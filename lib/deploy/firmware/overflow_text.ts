import type { BoardName } from "../deploy_targets.ts";
import type { Board } from "./startup_text.ts";

/**
 * What a linker's complaint about a memory that is too small means: by how much the model is too large
 * for which, and what is left to do; null for all other complaints.
 */
export function overflowText(
  errors: string,
  { name, board }: { readonly name: BoardName; readonly board: Board },
): string | null {
  const found = [...errors.matchAll(/region [`'](\w+)' overflowed by (\d+) bytes?/g)];
  const parts = new Map(found.map(([, region, over]) => [region, Number(over)]));
  if (parts.size === 0) return null;
  const bytes = (count: number) => `${count.toLocaleString("en")} bytes`;
  const sizes: Readonly<Record<string, { readonly what: string; readonly sizeBytes: number }>> = {
    FLASH: { what: "Flash", sizeBytes: board.flash[1] },
    RAM: { what: "RAM", sizeBytes: board.ram[1] },
    HOST: { what: "the memory for golden vectors", sizeBytes: board.host[1] },
  };
  const over = [...parts].map(([region, count]) => {
    const known = sizes[region];
    return known === undefined
      ? `${bytes(count)} over ${region}`
      : `${bytes(count)} over the ${bytes(known.sizeBytes)} of ${known.what}`;
  });
  const advice = [
    ...parts.has("FLASH") ? ["optimize: size makes code smaller"] : [],
    ...parts.has("RAM") ? ["fusion makes the arena smaller"] : [],
    ...parts.has("HOST") ? ["fewer frames take less"] : [],
    "another target's board may have more",
    "an estimate needs no board",
  ];
  return `the program is too large for ${name} in QEMU: ${over.join(", ")}; ${advice.join(", ")}`;
}
