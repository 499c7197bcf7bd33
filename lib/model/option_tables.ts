// The option tables of TFLite's public schema (schema.fbs, version 3c), fields in the schema's
// order: the position of a field is its number in the file.

/** How a field is stored and read. */
export type FieldKind =
  | "int32"
  | "uint32"
  | "int8"
  | "int64"
  | "bool"
  | "float32"
  | "padding"
  | "activation"
  | "weightsFormat"
  | "dtype"
  | "string"
  | "int32s"
  | "float32s"
  | "deprecated";

/** A field of an option table; `initial` is its value when the file leaves it out. */
export interface OptionField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly initial: number;
}

/** An option table: its name and number in the union `BuiltinOptions`, and its fields. */
export interface OptionTable {
  readonly name: string;
  readonly unionType: number;
  readonly fields: readonly OptionField[];
}

// One line a table: name, then `field:kind` or `field:kind=initial`.
const TABLES = `
Conv2D padding:padding strideW:int32 strideH:int32 activation:activation dilationW:int32=1 dilationH:int32=1 quantizedBiasType:dtype
DepthwiseConv2D padding:padding strideW:int32 strideH:int32 depthMultiplier:int32 activation:activation dilationW:int32=1 dilationH:int32=1
ConcatEmbeddings numChannels:int32 numColumnsPerChannel:int32s embeddingDimPerChannel:int32s
LSHProjection type:int8
Pool2D padding:padding strideW:int32 strideH:int32 filterW:int32 filterH:int32 activation:activation
SVDF rank:int32 activation:activation asymmetricQuantizeInputs:bool
RNN activation:activation asymmetricQuantizeInputs:bool
FullyConnected activation:activation weightsFormat:weightsFormat keepNumDims:bool asymmetricQuantizeInputs:bool quantizedBiasType:dtype
Softmax beta:float32
Concatenation axis:int32 activation:activation
Add activation:activation potScaleInt16:bool=1
L2Norm activation:activation
LocalResponseNormalization radius:int32 bias:float32 alpha:float32 beta:float32
LSTM activation:activation cellClip:float32 projClip:float32 kernelType:int8 asymmetricQuantizeInputs:bool
ResizeBilinear newHeight:deprecated newWidth:deprecated alignCorners:bool halfPixelCenters:bool
Call subgraph:uint32
Reshape newShape:int32s
SkipGram ngramSize:int32 maxSkipSize:int32 includeAllNgrams:bool
SpaceToDepth blockSize:int32
EmbeddingLookupSparse combiner:int8
Mul activation:activation
Pad
Gather axis:int32 batchDims:int32
BatchToSpaceND
SpaceToBatchND
Transpose
Reducer keepDims:bool
Sub activation:activation potScaleInt16:bool=1
Div activation:activation
Squeeze squeezeDims:int32s
SequenceRNN timeMajor:bool activation:activation asymmetricQuantizeInputs:bool
StridedSlice beginMask:int32 endMask:int32 ellipsisMask:int32 newAxisMask:int32 shrinkAxisMask:int32 offset:bool
Exp
TopKV2
Split numSplits:int32
LogSoftmax
Cast inDataType:dtype outDataType:dtype
Dequantize
MaximumMinimum
ArgMax outputType:dtype
Less
Neg
PadV2
Greater
GreaterEqual
LessEqual
Select
Slice
TransposeConv padding:padding strideW:int32 strideH:int32 activation:activation quantizedBiasType:dtype
SparseToDense validateIndices:bool
Tile
ExpandDims
Equal
NotEqual
Shape outType:dtype
Pow
ArgMin outputType:dtype
FakeQuant min:float32 max:float32 numBits:int32 narrowRange:bool
Pack valuesCount:int32 axis:int32
LogicalOr
OneHot axis:int32
LogicalAnd
LogicalNot
Unpack num:int32 axis:int32
FloorDiv
Square
ZerosLike
Fill
BidirectionalSequenceLSTM activation:activation cellClip:float32 projClip:float32 mergeOutputs:bool timeMajor:bool=1 asymmetricQuantizeInputs:bool
BidirectionalSequenceRNN timeMajor:bool activation:activation mergeOutputs:bool asymmetricQuantizeInputs:bool
UnidirectionalSequenceLSTM activation:activation cellClip:float32 projClip:float32 timeMajor:bool asymmetricQuantizeInputs:bool diagonalRecurrentTensors:bool
FloorMod
Range
ResizeNearestNeighbor alignCorners:bool halfPixelCenters:bool
LeakyRelu alpha:float32
SquaredDifference
MirrorPad mode:int8
Abs
SplitV numSplits:int32
Unique idxOutType:dtype=2
ReverseV2
AddN
GatherNd
Cos
Where
Rank
ReverseSequence seqDim:int32 batchDim:int32
MatrixDiag
Quantize
MatrixSetDiag
HardSwish
If thenSubgraphIndex:int32 elseSubgraphIndex:int32
While condSubgraphIndex:int32 bodySubgraphIndex:int32
DepthToSpace blockSize:int32
NonMaxSuppressionV4
NonMaxSuppressionV5
ScatterNd
SelectV2
Densify
SegmentSum
BatchMatMul adjX:bool adjY:bool asymmetricQuantizeInputs:bool
Cumsum exclusive:bool reverse:bool
CallOnce initSubgraphIndex:int32
BroadcastTo
Rfft2d
Conv3D padding:padding strideD:int32 strideW:int32 strideH:int32 activation:activation dilationD:int32=1 dilationW:int32=1 dilationH:int32=1
Hashtable tableId:int32 keyDtype:dtype valueDtype:dtype
HashtableFind
HashtableImport
HashtableSize
VarHandle container:string sharedName:string
ReadVariable
AssignVariable
Random seed:int64 seed2:int64
Bucketize boundaries:float32s
Gelu approximate:bool
DynamicUpdateSlice
UnsortedSegmentProd
UnsortedSegmentMax
UnsortedSegmentMin
UnsortedSegmentSum
ATan2
Sign
Bitcast
BitwiseXor
RightShift`.trim().split("\n");

/** Every option table of the union `BuiltinOptions`, from number 1 on. */
export const optionTables: readonly OptionTable[] = TABLES.map((line, index) => {
  const [name, ...fields] = line.split(" ");
  return {
    name: `${name}Options`,
    unionType: index + 1,
    fields: fields.map((field) => {
      const [fieldName, kind, initial = "0"] = field.split(/[:=]/);
      return { name: fieldName, kind: kind as FieldKind, initial: Number(initial) };
    }),
  };
});

const BY_NAME = new Map(optionTables.map((table) => [table.name, table]));

/** The option table of a name, such as "Conv2DOptions". */
export function optionTable(name: string): OptionTable | undefined {
  return BY_NAME.get(name);
}

/** Enumerations of the option tables: the position is the value in the file. */
export const enumerations = {
  padding: ["SAME", "VALID"],
  activation: ["NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"],
  weightsFormat: ["DEFAULT", "SHUFFLED4x16INT8"],
} as const;
