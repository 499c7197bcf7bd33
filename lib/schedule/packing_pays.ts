const fewUses = 8;
const fewElements = 4096;

/**
 * Whether a copy of an operand pays: its elements are used often enough, there is more than one
 * panel to walk, and they are not together in the cache anyway.
 */
export function packingPays(
  { uses, panels, elements }: {
    readonly uses: number;
    readonly panels: number;
    readonly elements: number;
  },
): boolean {
  return uses >= fewUses && panels > 1 && elements >= fewElements;
}
