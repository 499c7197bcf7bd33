/**
 * An integer expression that is linear in loop axes: `offset + sum of terms[axis] * axis`.
 *
 * @category Loop nests
 */
export interface Affine {
  /** Coefficient of each axis; one that is left out is zero. */
  readonly terms: Readonly<Record<string, number>>;
  /** Value where all axes are zero. */
  readonly offset: number;
}

/**
 * Builds an {@link Affine} from an axis name, a number, or a record of coefficients.
 *
 * @category Loop nests
 */
export function affine(
  terms: string | number | Readonly<Record<string, number>>,
  offset = 0,
): Affine {
  if (typeof terms === "number") return { terms: {}, offset: terms + offset };
  if (typeof terms === "string") return { terms: { [terms]: 1 }, offset };
  return { terms, offset };
}

/** Smallest and largest value over axes that run from 0 to `extents[axis] - 1`. */
export function affineRange(
  index: Affine,
  extents: ReadonlyMap<string, number>,
): { readonly least: number; readonly most: number } {
  let least = index.offset;
  let most = index.offset;
  for (const axis in index.terms) {
    const coefficient = index.terms[axis];
    const reach = coefficient * ((extents.get(axis) ?? 1) - 1);
    if (reach < 0) least += reach;
    else most += reach;
  }
  return { least, most };
}

/** Prints an index as a C programmer would: `2 * y + ky - 1`. */
export function printAffine(index: Affine): string {
  const parts = Object.entries(index.terms)
    .filter(([, coefficient]) => coefficient !== 0)
    .map(([axis, coefficient]) => coefficient === 1 ? axis : `${coefficient} * ${axis}`);
  if (index.offset !== 0 || parts.length === 0) parts.push(String(index.offset));
  return parts.join(" + ").replaceAll("+ -", "- ");
}
