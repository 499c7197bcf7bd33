/** A layer of text marks. */
export interface TextLayer {
  readonly mark: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

/**
 * The text twice, below with an edge in the colour of its ground, so that a line behind it does not
 * cross it out.
 *
 * @param ground A colour, or a Vega expression of one (`{ expr }`).
 */
export function edgedText(
  layer: TextLayer,
  ground: string | { readonly expr: string } = "white",
): readonly TextLayer[] {
  const edge = { stroke: ground, strokeWidth: 3, strokeJoin: "round" };
  return [{ ...layer, mark: { ...layer.mark, ...edge } }, layer];
}
