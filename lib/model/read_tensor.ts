import { throwIfStopped } from "../host.ts";
import { type Dtype, dtypeBits, dtypes } from "./dtype.ts";
import type { FlatTable } from "./flat_table.ts";
import { ModelError } from "./model_error.ts";
import { named } from "./read_options.ts";
import { sizeBytes } from "./shape.ts";
import type { Quantization, Tensor } from "./tensor.ts";

const SHAPE = 0;
const TYPE = 1;
const BUFFER = 2;
const NAME = 3;
const QUANTIZATION = 4;
const IS_VARIABLE = 5;
const SPARSITY = 6;
const SHAPE_SIGNATURE = 7;
const HAS_RANK = 8;
const VARIANT_TENSORS = 9;
const TENSOR_FIELDS = 10;

/** Who hears of what is odd in a file. */
export interface Notes {
  /** Of everything that a Model cannot hold. */
  readonly note: (lost: string) => void;
  /** Of what is wrong and does no harm. */
  readonly warn: (warning: string) => void;
}

/** What a tensor's table says. */
export function readTensor(
  table: FlatTable,
  options: { readonly buffers: readonly Uint8Array[] } & Notes,
): Tensor {
  throwIfStopped();
  const { buffers, note } = options;
  const buffer = table.uint32(BUFFER);
  if (buffer >= buffers.length && buffer !== 0) {
    throw new ModelError(`buffer ${buffer}; the file has ${buffers.length}`, {
      offsetBytes: table.at(BUFFER, 4) ?? table.position,
    });
  }
  const shape = table.int32s(SHAPE) ?? [];
  if (table.at(VARIANT_TENSORS, 4) !== null) note("variant tensors");
  for (const field of table.fieldsFrom(TENSOR_FIELDS)) note(`field ${field} of a newer schema`);
  const dtype = named(table, TYPE, dtypes);
  const stored = buffer === 0 || buffers[buffer].length === 0 ? null : buffers[buffer];
  const isSparse = readSparsity(table, { shape, dtype, stored, ...options });
  const data = isSparse ? stored : withoutRest({ shape, dtype, stored }, options);
  const shapeSignature = table.int32s(SHAPE_SIGNATURE);
  return {
    name: table.string(NAME) ?? "",
    dtype,
    shape,
    quantization: readQuantization(table, { shape, note }),
    data,
    isVariable: table.bool(IS_VARIABLE),
    ...(shapeSignature === null ? {} : { shapeSignature }),
    ...(table.bool(HAS_RANK) ? { hasRank: true } : {}),
    ...(isSparse ? { isSparse } : {}),
  };
}

/** What is known of a constant before it is one. */
interface Stored {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly stored: Uint8Array | null;
}

/** A buffer may be longer than its tensor: what follows is never read. */
function withoutRest({ shape, dtype, stored }: Stored, { warn }: Notes): Uint8Array | null {
  const needed = sizeBytes({ shape, dtype });
  if (stored === null || dtypeBits(dtype) === 0 || !(stored.length > needed && needed > 0)) {
    return stored;
  }
  warn(
    `its buffer has ${stored.length} bytes, ${dtype} [${shape}] takes ${needed}: the rest is left out`,
  );
  return stored.subarray(0, needed);
}

const TRAVERSAL_ORDER = 0;
const BLOCK_MAP = 1;
const DIMENSIONS = 2;

/**
 * Whether a tensor's data are sparse. A file may say that all dimensions are stored densely and in
 * order, which is the same as nothing.
 */
function readSparsity(tensor: FlatTable, options: Stored & Notes): boolean {
  const { shape, dtype, stored, note, warn } = options;
  const table = tensor.table(SPARSITY);
  if (table === null) return false;
  const order = table.int32s(TRAVERSAL_ORDER) ?? [];
  const blocks = table.int32s(BLOCK_MAP) ?? [];
  const formats = table.tables(DIMENSIONS).map((dimension) => dimension.int8(0));
  const isDense = order.every((dimension, i) => dimension === i) && blocks.length === 0 &&
    formats.every((format) => format === 0);
  if (isDense && (stored?.length ?? 0) === sizeBytes({ shape, dtype })) {
    warn("it is marked as sparse, but its data are dense: the mark is left out");
    return false;
  }
  note("sparsity");
  return true;
}

const MIN = 0;
const MAX = 1;
const SCALE = 2;
const ZERO_POINT = 3;
const DETAILS = 5;
const AXIS = 6;
const QUANTIZATION_FIELDS = 7;

function readQuantization(
  tensor: FlatTable,
  options: { shape: readonly number[]; note: (lost: string) => void },
): Quantization | null {
  const { shape, note } = options;
  const table = tensor.table(QUANTIZATION);
  if (table === null) return null;
  if (table.at(DETAILS, 4) !== null) note("quantization details");
  for (const field of table.fieldsFrom(QUANTIZATION_FIELDS)) {
    note(`quantization field ${field} of a newer schema`);
  }
  const scales = table.float32s(SCALE) ?? [];
  const points = table.int64s(ZERO_POINT) ?? [];
  const min = table.float32s(MIN) ?? [];
  const max = table.float32s(MAX) ?? [];
  if (scales.length + min.length + max.length === 0) return null;
  const axis = table.int32(AXIS);
  // TFLite takes one zero point for all channels.
  const zeroPoints = points.length === 1 ? scales.map(() => points[0]) : points;
  // Some files (person_detect) give the filter's dimension for a bias of one dimension.
  const isBias = shape.length === 1 && shape[0] === scales.length && axis >= 1;
  return {
    scales,
    zeroPoints,
    axis: scales.length <= 1 || isBias ? 0 : axis,
    ...(min.length > 0 ? { min } : {}),
    ...(max.length > 0 ? { max } : {}),
  };
}
