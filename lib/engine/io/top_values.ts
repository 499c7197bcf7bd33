import { checkArguments, checkOptions } from "../../check_arguments.ts";
import { list, readForm, text as word } from "../../form.ts";
import type { ConstantArray } from "../../model/constant.ts";
import { openFlatFile } from "../../model/flat_table.ts";
import type { Model } from "../../model/model.ts";
import { elements } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import { realValues } from "./output_bytes.ts";

/**
 * One of the largest values of an output.
 *
 * @category Files in and out
 */
export interface TopValue {
  /** Position in the output. */
  readonly index: number;
  /** The real number; null for NaN, which JSON does not know. */
  readonly value: number | null;
  /** What the position stands for, where there are labels. */
  readonly label?: string;
}

/**
 * How many values, and what they are called.
 *
 * @category Files in and out
 */
export interface TopValuesOptions {
  /** How many at most; default 5. */
  readonly count?: number;
  /** A label for each position, as {@link labelsOf} and {@link readLabels} give them. */
  readonly labels?: readonly string[];
}

/**
 * The largest values of an output as real numbers, the largest first: top-k of a classifier. Of equal
 * ones the first comes first, NaN comes last.
 *
 * @throws {RangeError} if there is not one label for each element.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { topValues } from "tinyloom";
 *
 * const quantization = { scales: [1 / 256], zeroPoints: [-128], axis: 0 };
 * const tensor = { name: "p", dtype: "int8", shape: [3], quantization, data: null, isVariable: false } as const;
 * const labels = ["no", "yes", "silence"];
 * assert.deepEqual(topValues(new Int8Array([-128, 64, -64]), tensor, { count: 2, labels }), [
 *   { index: 1, value: 0.75, label: "yes" },
 *   { index: 2, value: 0.25, label: "silence" },
 * ]);
 * ```
 *
 * @category Files in and out
 */
export function topValues(
  values: ConstantArray,
  tensor: Tensor,
  options: TopValuesOptions = {},
): readonly TopValue[] {
  checkOptions("topValues", options, "count labels");
  const { count = 5, labels } = options;
  if (labels !== undefined && labels.length !== values.length) {
    throw new RangeError(
      `${labels.length} labels for the ${values.length} elements of "${tensor.name}"`,
    );
  }
  const rank = (value: number | null) => value === null || Number.isNaN(value) ? -Infinity : value;
  const top: TopValue[] = [];
  // Kept in order as it grows: outputs may have many elements, `count` is small.
  realValues(values, tensor).forEach((value, index) => {
    if (top.length === count && rank(value) <= rank(top[count - 1].value)) return;
    const larger = top.findIndex((each) => rank(each.value) < rank(value));
    const label = labels && { label: labels[index] };
    const found = { index, value: Number.isNaN(value) ? null : value, ...label };
    top.splice(larger < 0 ? top.length : larger, 0, found);
    top.length = Math.min(top.length, count);
  });
  return top;
}

/**
 * Labels from the text of a file: one a line, an array of strings as JSON, or lines that begin with
 * their own number, as Coral's do. Empty lines at the end do not count.
 *
 * @throws {TypeError} for JSON that is no array of strings, with the path to what is none.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readLabels } from "tinyloom";
 *
 * assert.deepEqual(readLabels("cat\r\ndog\n"), ["cat", "dog"]);
 * assert.deepEqual(readLabels("0 cat\n1: dog"), ["cat", "dog"]);
 * ```
 *
 * @category Files in and out
 */
export function readLabels(text: string): readonly string[] {
  const plain = text.replace(/^\ufeff/, "").trimEnd();
  if (plain.startsWith("[")) {
    return readForm(plain, { kind: "an array of labels", form: list(word) });
  }
  const lines = plain === "" ? [] : plain.split(/\r\n|\r|\n/).map((line) => line.trim());
  const numbered = lines.map((line) => /^(\d+)(?:\s*[:,]\s*|\s+)(.*)$/.exec(line));
  return numbered.every((match, line) => match !== null && Number(match[1]) === line)
    ? numbered.map((match) => match![2])
    : lines;
}

/**
 * The labels of an output that travel with a model: the file that TensorFlow Lite's metadata name for
 * it, or else the only file with as many lines as the output has elements. Null if there are none.
 *
 * @param output Which of the model's outputs; 0 is the first.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { labelsOf, zoo } from "tinyloom";
 *
 * assert.equal(labelsOf(zoo("mlperf-tiny-kws")), null);
 * const words = Array.from({ length: 12 }, (_, i) => `word ${i}`).join("\n");
 * const files = { "labels.txt": new TextEncoder().encode(words) };
 * assert.equal(labelsOf({ ...zoo("mlperf-tiny-kws"), files })?.[3], "word 3");
 * ```
 *
 * @category Files in and out
 */
export function labelsOf(model: Model, output = 0): readonly string[] | null {
  checkArguments("labelsOf", { model });
  const tensor = model.tensors[model.outputs[output]];
  const files = Object.entries(model.files ?? {});
  if (tensor === undefined || files.length === 0) return null;
  const named = namedFile(model, output);
  const read = (bytes: Uint8Array) => {
    try {
      const labels = readLabels(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      return labels.length === elements(tensor.shape) ? labels : null;
    } catch {
      // Some other file.
      return null;
    }
  };
  const found = files.flatMap(([name, bytes]) => {
    const labels = read(bytes);
    return labels === null ? [] : [{ name, labels }];
  });
  const exact = found.find(({ name }) => name === named);
  if (exact !== undefined) return exact.labels;
  const called = found.filter(({ name }) => /label|class/i.test(name));
  const [only, ...others] = called.length > 0 ? called : found;
  return only !== undefined && others.length === 0 ? only.labels : null;
}

const AXIS_LABELS = 2;

/**
 * The file of labels that TFLITE_METADATA has for an output. Fields by their numbers in
 * metadata_schema.fbs of TensorFlow Lite Support, version 1.1: ModelMetadata.subgraph_metadata 3,
 * SubGraphMetadata.output_tensor_metadata 3, TensorMetadata.associated_files 6, AssociatedFile.name 0
 * and type 2.
 */
function namedFile({ metadata }: Model, output: number): string | null {
  const blob = metadata.find(({ name }) => name === "TFLITE_METADATA");
  if (blob === undefined) return null;
  try {
    const root = openFlatFile(blob.data, { identifier: "M001" });
    const tensors = root.tables(3)[0]?.tables(3) ?? [];
    const files = tensors[output]?.tables(6) ?? [];
    return files.find((file) => file.int8(2) === AXIS_LABELS)?.string(0) ?? null;
  } catch {
    // Damaged, or of a newer form: labels are looked for without it.
    return null;
  }
}
