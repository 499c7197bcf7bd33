// Random models of one operator on signals, small ones.
import * as fc from "fast-check";
import {
  type ConstantArray,
  elements,
  type Model,
  type ModelTensor,
  type OperatorName,
  zeroValues,
} from "../../mod.ts";
import { Numbers } from "../engine/random_layer.ts";
import { constant, single, tensor } from "../engine/single_operator.ts";

/** A model, and the inputs of its runs in order. */
export interface RandomRuns {
  readonly model: Model;
  readonly frames: readonly (readonly ConstantArray[])[];
}

type Shape = readonly number[];
type Case = readonly [
  attributes: Record<string, unknown>,
  inputs: readonly ModelTensor[],
  outputs: readonly ModelTensor[],
];

const extent = (max: number, min = 1) => fc.integer({ min, max });
const rows = fc.constantFrom<Shape>([], [1], [3], [2, 2]);
const int16 = (shape: Shape) => tensor("int16", shape);
const uint32 = (shape: Shape) => tensor("uint32", shape);
const scalar = (dtype: "bool" | "int32") => tensor(dtype, []);

/** Table entries with a sign. */
function table(count: number, seed: number, most = 32768): ModelTensor {
  const random = new Numbers(seed);
  return constant(
    "int16",
    Int16Array.from({ length: count }, () => random.below(2 * most) - most),
  );
}

const transforms = fc.record({
  type: fc.constantFrom("int16", "int32", "float32"),
  half: fc.constantFrom(2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 20, 24, 30, 32, 36),
  lead: rows,
  missing: extent(3, 0),
});

/** Every operator with what makes a case of it. */
export const signalCases: Readonly<Partial<Record<OperatorName, fc.Arbitrary<Case>>>> = {
  SignalWindow: fc.record({ lead: rows, size: extent(9), shift: extent(16, 0), seed: fc.integer() })
    .map(({ lead, size, shift, seed }): Case => {
      const shape = [...lead, size];
      return [{ shift }, [int16(shape), table(size, seed)], [int16(shape)]];
    }),
  SignalFftAutoScale: extent(20).map((
    n,
  ): Case => [{}, [int16([n])], [int16([n]), scalar("int32")]]),
  SignalRfft: transforms.map(({ type, half, lead, missing }): Case => {
    const of = (last: number) => tensor(type as "int16", [...lead, last]);
    return [{ type, fftLength: 2 * half }, [of(2 * half - missing)], [of(2 * half + 2)]];
  }),
  SignalIrfft: transforms.map(({ type, half, lead }): Case => {
    const of = (last: number) => tensor(type as "int16", [...lead, last]);
    return [{ type, fftLength: 2 * half }, [of(2 * half + 2)], [of(2 * half)]];
  }),
  SignalEnergy: fc.record({ bins: extent(12), start: extent(12, 0), end: extent(12, 0) })
    .map(({ bins, start, end }): Case => [
      { startIndex: Math.min(start, bins), endIndex: Math.min(end, bins) },
      [int16([2 * bins])],
      [uint32([bins])],
    ]),
  SignalFilterBank: fc.record({ channels: extent(6), seed: fc.integer() })
    .map(({ channels, seed }): Case => {
      const random = new Numbers(seed);
      const list = (most: number) =>
        constant(
          "int16",
          Int16Array.from({ length: channels + 1 }, () => random.below(most)),
        );
      const [starts, weightStarts, widths] = [list(10), list(20), list(7)];
      const tables = [table(30, seed + 1), table(30, seed + 2), starts, weightStarts, widths];
      return [{ numChannels: channels }, [uint32([20]), ...tables], [tensor("uint64", [channels])]];
    }),
  SignalFilterBankSquareRoot: extent(9).map((n): Case => [
    {},
    [tensor("uint64", [n]), constant("int32", Int32Array.of(n), { shape: [] })],
    [uint32([n])],
  ]),
  SignalFilterBankLog: fc.record({ n: extent(9), bits: extent(12, 0), scale: extent(4000, -9) })
    .map(({ n, bits, scale }): Case => [
      { inputCorrectionBits: bits, outputScale: scale },
      [uint32([n])],
      [int16([n])],
    ]),
  SignalPCAN: fc.record({ n: extent(9), snrShift: extent(40, 0), seed: fc.integer() })
    .map(({ n, snrShift, seed }): Case => [
      { snrShift },
      [uint32([n]), uint32([n]), table(125, seed)],
      [uint32([n])],
    ]),
  SignalFilterBankSpectralSubtraction: fc.record({
    n: extent(9),
    smoothing: extent(20000, 0),
    smoothingBits: extent(12, 0),
    clamping: fc.boolean(),
    spectralSubtractionBits: extent(20),
  }).map(({ n, ...rest }): Case => [
    {
      ...rest,
      numChannels: n,
      oneMinusSmoothing: 16384 - rest.smoothing,
      alternateSmoothing: 900,
      alternateOneMinusSmoothing: 15000,
      minSignalRemaining: 800,
    },
    [uint32([n])],
    [uint32([n]), uint32([n])],
  ]),
  SignalDelay: fc.record({ lead: rows, size: extent(9), delayLength: extent(25, 0) })
    .map(({ lead, size, delayLength }): Case => {
      const shape = [...lead, size];
      return [{ delayLength }, [int16(shape)], [int16(shape)]];
    }),
  SignalFramer: fc.record({
    lead: rows,
    step: extent(5),
    frames: extent(4),
    size: extent(14),
    prefill: fc.boolean(),
  }).map(({ lead, step, frames, size, prefill }): Case => {
    const frameSize = prefill ? Math.max(size, step) : size;
    return [
      { frameSize, frameStep: step, prefill },
      [int16([...lead, frames * step])],
      [int16([...lead, frames, frameSize]), scalar("bool")],
    ];
  }),
  SignalStacker: fc.record({
    n: extent(5),
    left: extent(4, 0),
    right: extent(4, 0),
    step: extent(6),
  })
    .map(({ n, left, right, step }): Case => [
      {
        numChannels: n,
        leftContext: left,
        rightContext: right,
        step: Math.min(step, left + right + 1),
      },
      [int16([n])],
      [int16([n * (left + right + 1)]), scalar("bool")],
    ]),
  SignalOverlapAdd: fc.record({
    type: fc.constantFrom("int16", "float32"),
    lead: rows,
    size: extent(9),
    step: extent(9),
    frames: extent(3),
  }).map(({ type, lead, size, step, frames }): Case => {
    const frameStep = Math.min(size, step);
    const of = (shape: Shape) => tensor(type as "int16", shape);
    return [
      { type, frameStep },
      [of([...lead, frames, size])],
      [of([...lead, frames * frameStep])],
    ];
  }),
  CIRCULAR_BUFFER: fc.record({ cyclesMax: extent(3, 0), slots: extent(6), width: extent(7) })
    .map(({ cyclesMax, slots, width }): Case => [
      { cyclesMax },
      [tensor("int8", [1, 1, width, 2])],
      [tensor("int8", [1, slots, width, 2])],
    ]),
};

/** Models of an operator with some frames. */
export function signalRuns(op: OperatorName): fc.Arbitrary<RandomRuns> {
  return fc.tuple(signalCases[op]!, fc.integer()).map(([[attributes, inputs, outputs], seed]) => {
    const model = single(op, attributes as never, { inputs, outputs });
    const random = new Numbers(seed);
    const frames = Array.from(
      { length: 5 },
      () => model.inputs.map((index) => signalOf(model.tensors[index], random)),
    );
    return { model, frames };
  });
}

/** Elements from small to as large as the type has them. */
function signalOf({ dtype, shape }: ModelTensor, random: Numbers): ConstantArray {
  const values = zeroValues(dtype, elements(shape));
  for (let i = 0; i < values.length; i++) {
    const word = random.below(2 ** 16) * 2 ** 16 + random.below(2 ** 16);
    const shift = random.below(32);
    if (values instanceof BigUint64Array) {
      values[i] = (BigInt(word) << 32n | BigInt(random.below(2 ** 31))) >> BigInt(2 * shift);
    } else if (values instanceof Float32Array) values[i] = word / 2 ** 31 - 1;
    else values[i] = dtype === "uint32" ? word >>> shift : (word | 0) >> (shift % 16);
  }
  return values;
}
