import { dtypes } from "./dtype.ts";
import type { FlatTable } from "./flat_table.ts";
import { ModelError } from "./model_error.ts";
import { named } from "./read_options.ts";
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

/** What a tensor's table says; `note` hears of everything that a Tensor cannot hold. */
export function readTensor(
  table: FlatTable,
  options: { buffers: readonly Uint8Array[]; note: (lost: string) => void },
): Tensor {
  const { buffers, note } = options;
  const buffer = table.uint32(BUFFER);
  if (buffer >= buffers.length && buffer !== 0) {
    throw new ModelError(`buffer ${buffer}; the file has ${buffers.length}`, {
      offsetBytes: table.at(BUFFER, 4) ?? table.position,
    });
  }
  const shape = table.int32s(SHAPE) ?? [];
  const isSparse = table.at(SPARSITY, 4) !== null;
  if (isSparse) note("sparsity");
  if (table.at(VARIANT_TENSORS, 4) !== null) note("variant tensors");
  for (const field of table.fieldsFrom(TENSOR_FIELDS)) note(`field ${field} of a newer schema`);
  const data = buffer === 0 || buffers[buffer].length === 0 ? null : buffers[buffer];
  const shapeSignature = table.int32s(SHAPE_SIGNATURE);
  return {
    name: table.string(NAME) ?? "",
    dtype: named(table, TYPE, dtypes),
    shape,
    quantization: readQuantization(table, { shape, note }),
    data,
    isVariable: table.bool(IS_VARIABLE),
    ...(shapeSignature === null ? {} : { shapeSignature }),
    ...(table.bool(HAS_RANK) ? { hasRank: true } : {}),
    ...(isSparse ? { isSparse } : {}),
  };
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
