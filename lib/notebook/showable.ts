import type { Table } from "../npm/arrow.ts";

/**
 * What {@link show} understands.
 *
 * @category Notebooks
 */
export type Showable = string | Table | ShowableSpec | ShowableMarkup;

/**
 * A Vega-Lite specification: a plain object whose `$schema` names Vega-Lite version 5.
 *
 * @category Notebooks
 */
export type ShowableSpec =
  | { readonly $schema: string }
  | { readonly $schema: string; readonly [key: string]: unknown };

/**
 * Ready-made HTML, SVG or Markdown; `text` is what a terminal gets instead.
 *
 * @category Notebooks
 */
export type ShowableMarkup =
  | { readonly html: string; readonly text?: string }
  | { readonly svg: string; readonly text?: string }
  | { readonly markdown: string };

/**
 * The same thing in several media types; a front end takes the richest that it knows.
 *
 * @category Notebooks
 */
export type MediaBundle = Readonly<
  & { "text/plain": string }
  & Record<string, string | Record<string, unknown>>
>;

/**
 * How to render a table or a picture.
 *
 * @category Notebooks
 */
export interface MediaOptions {
  /** Columns of a table to show, in order; default all. */
  readonly columns?: readonly string[];
  /**
   * Adds `image/png` to a chart or an SVG. GitHub shows neither Vega-Lite nor SVG of a notebook.
   * Takes SVG text and gives the bytes of a PNG, as this module's `renderPng` does, where its
   * native code and a font are at hand.
   */
  readonly renderPng?: (svg: string) => Uint8Array | Promise<Uint8Array>;
}
