// Runs a plan in one arena of bytes, micro-step by micro-step, with the arithmetic of the reference
// interpreter on the pixels that a step names. Slow, and shares nothing with the planner.
import {
  type ConstantArray,
  constantValues,
  elements,
  type Model,
  type ModelTensor,
  type Operator,
  type OperatorName,
  type Plan,
  type PlanSegment,
  type PlanStep,
  sizeBytes,
  windowExtent,
  zeroValues,
} from "tinyloom";
import { engineOperators } from "../../lib/engine/operators/registry.ts";
import type { NumberArray, ReferenceKernel } from "../../lib/engine/reference/prepare.ts";

type Pass = PlanSegment["passes"][number];
type Extent = readonly [number, number];
type AnyPrepare = (operation: {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly inputs: readonly (ModelTensor | undefined)[];
  readonly outputs: readonly (ModelTensor | undefined)[];
}) => ReferenceKernel;
interface Rectangle {
  readonly rows: Extent;
  readonly columns: Extent;
}

/** The outputs of a plan's run, in the order of `plan.outputs`. */
export function executePlan(
  plan: Plan,
  model: Model,
  inputs: readonly ConstantArray[],
): ConstantArray[] {
  const machine = new Machine(plan, model);
  plan.inputs.forEach((tensor, i) => machine.write(tensor, inputs[i]));
  plan.steps.forEach((step, index) => {
    const segment = plan.segments.find(({ from }) => from === index);
    if (segment !== undefined) machine.runSegment(segment);
    else if (step.segment === null) machine.runLayer(step);
  });
  return plan.outputs.map((tensor) => machine.read(tensor));
}

class Machine {
  readonly #arena: Uint8Array;
  readonly #outside = new Map<number, Uint8Array>();
  readonly #kernels = new Map<string, ReferenceKernel>();

  constructor(readonly plan: Plan, readonly model: Model) {
    // Nothing may depend on what was there before.
    this.#arena = Uint8Array.from({ length: plan.peakBytes }, (_, i) => i * 151 + 77);
  }

  write(tensor: number, values: ConstantArray): void {
    const { buffer, byteOffset, byteLength } = values;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    if (this.plan.external.includes(tensor)) this.#outside.set(tensor, bytes.slice());
    else this.#arena.set(bytes, this.#offset(tensor));
  }

  read(tensor: number): ConstantArray {
    const known = this.model.tensors[tensor];
    if (known.data !== null) return constantValues(known);
    return values(known, this.#bytes(tensor, 0, sizeBytes(known)));
  }

  runLayer({ operator: index, inputs, outputs, foldedPadding }: PlanStep): void {
    const operator = this.model.operators[index];
    const operands = inputs.map((tensor, position) => {
      if (tensor === -1) return new Int8Array(0);
      if (position > 0 || foldedPadding === null) return this.read(tensor);
      const [, height, width] = this.model.tensors[tensor].shape;
      const { top, bottom, left, right } = foldedPadding;
      const rows = [-top, height + bottom] as const;
      return this.#window(tensor, { rows, columns: [-left, width + right] });
    });
    const kernel = this.#kernel(`${index}`, operator, {});
    const results = outputs.map((tensor) => {
      const { dtype, shape } = this.model.tensors[tensor];
      return zeroValues(dtype, elements(shape));
    });
    kernel(operands as NumberArray[], results as NumberArray[]);
    outputs.forEach((tensor, i) => this.write(tensor, results[i]));
  }

  runSegment(segment: PlanSegment): void {
    for (const pass of segment.passes) {
      for (const micro of pass.microSteps) {
        if ("copy" in micro) {
          const { fromByte, toByte, sizeBytes } = micro;
          this.#arena.copyWithin(toByte, fromByte, fromByte + sizeBytes);
        } else if ("reduce" in micro) {
          this.#reduce(segment, pass, micro);
        } else {
          const step = this.plan.steps.find(({ operator }) => operator === micro.operator)!;
          this.#compute(segment, pass, { step, ...micro });
        }
      }
    }
  }

  #compute(
    segment: PlanSegment,
    pass: Pass,
    { step, rows, columns }: Rectangle & { readonly step: PlanStep },
  ): void {
    const { operator: index, inputs, outputs: [output], foldedPadding } = step;
    const operator = this.model.operators[index];
    const area = [rows[1] - rows[0], columns[1] - columns[0]];
    const taps = tapsOf(operator, this.model);
    if (taps === null) {
      const operands = inputs.map((tensor) =>
        this.model.tensors[tensor].data === null
          ? this.#region({ tensor, segment, pass }, { rows, columns })
          : this.read(tensor)
      );
      const kernel = this.#kernel(`${index} ${area}`, operator, { input: area, output: area });
      this.#finish(kernel, operands, { output, rows, columns, segment, pass });
      return;
    }
    const [, height, width] = this.model.tensors[inputs[0]].shape;
    const { strideH, strideW, padding } = operator.attributes as {
      strideH: number;
      strideW: number;
      padding: "SAME" | "VALID";
    };
    const around = foldedPadding ?? { top: 0, bottom: 0, left: 0, right: 0 };
    const reach = taps.map(([filter, dilation]) => (filter - 1) * dilation + 1);
    const before = [
      [height + around.top + around.bottom, strideH],
      [width + around.left + around.right, strideW],
    ].map(([input, stride], side) => {
      const [filter, dilation] = taps[side];
      return windowExtent({ input, filter, stride, dilation, padding }).before;
    });
    const first = (at: number, side: 0 | 1) =>
      side === 0 ? at * strideH - before[0] - around.top : at * strideW - before[1] - around.left;
    const isPool = operator.op === "AVERAGE_POOL_2D" || operator.op === "MAX_POOL_2D";
    if (isPool && padding === "SAME") {
      // What lies outside does not count: one window at a time, as large as it is inside.
      for (let y = rows[0]; y < rows[1]; y++) {
        for (let x = columns[0]; x < columns[1]; x++) {
          const inside = {
            rows: [Math.max(0, first(y, 0)), Math.min(height, first(y, 0) + reach[0])],
            columns: [Math.max(0, first(x, 1)), Math.min(width, first(x, 1) + reach[1])],
          } as const;
          const size = [inside.rows, inside.columns].map(([a, b]) => b - a);
          const kernel = this.#kernel(`${index} ${size}`, operator, {
            input: size,
            output: [1, 1],
            attributes: { padding: "VALID", filterH: size[0], filterW: size[1] },
          });
          const operand = this.#window(inputs[0], inside, { segment, pass });
          const pixel = { rows: [y, y + 1], columns: [x, x + 1] } as const;
          this.#finish(kernel, [operand], { output, ...pixel, segment, pass });
        }
      }
      return;
    }
    const window = {
      rows: [first(rows[0], 0), first(rows[1] - 1, 0) + reach[0]],
      columns: [first(columns[0], 1), first(columns[1] - 1, 1) + reach[1]],
    } as const;
    const size = [window.rows, window.columns].map(([a, b]) => b - a);
    const kernel = this.#kernel(`${index} ${size} ${area}`, operator, {
      input: size,
      output: area,
      attributes: { padding: "VALID" },
    });
    const operands = inputs.map((tensor, position) =>
      tensor === -1
        ? new Int8Array(0)
        : position === 0
        ? this.#window(tensor, window, { segment, pass })
        : this.read(tensor)
    );
    this.#finish(kernel, operands, { output, rows, columns, segment, pass });
  }

  /** Sums in the arena; at the end the reference's kernel on an image with the same sums. */
  #reduce(
    segment: PlanSegment,
    pass: Pass,
    { reduce: index, rows, columns, isFirst, isLast }: Rectangle & {
      readonly reduce: number;
      readonly isFirst: boolean;
      readonly isLast: boolean;
    },
  ): void {
    const step = this.plan.steps.find(({ operator }) => operator === index)!;
    const { inputs: [tensor], outputs: [output] } = step;
    const { shape: [, height, width, channels], dtype } = this.model.tensors[tensor];
    const sums = new DataView(this.#arena.buffer, segment.sumsByte!, 4 * channels);
    const part = this.#region({ tensor, segment, pass }, { rows, columns });
    for (let c = 0; c < channels; c++) {
      let sum = isFirst ? 0 : sums.getInt32(4 * c, true);
      for (let i = c; i < part.length; i += channels) sum += Number(part[i]);
      sums.setInt32(4 * c, sum, true);
    }
    if (!isLast) return;
    const count = height * width;
    const image = zeroValues(dtype, count * channels) as NumberArray;
    for (let c = 0; c < channels; c++) {
      const sum = sums.getInt32(4 * c, true);
      const low = Math.floor(sum / count);
      for (let i = 0; i < count; i++) {
        image[i * channels + c] = low + (i < sum - low * count ? 1 : 0);
      }
    }
    const operands = step.inputs.map((input, i) => i === 0 ? image : this.read(input));
    const result = zeroValues(this.model.tensors[output].dtype, channels);
    const kernel = this.#kernel(`${index}`, this.model.operators[index], {});
    kernel(operands as NumberArray[], [result as NumberArray]);
    this.write(output, result);
  }

  #finish(
    kernel: ReferenceKernel,
    operands: readonly ConstantArray[],
    { output, rows, columns, segment, pass }: Rectangle & {
      readonly output: number;
      readonly segment: PlanSegment;
      readonly pass: Pass;
    },
  ): void {
    const known = this.model.tensors[output];
    const channels = known.shape[3];
    const width = columns[1] - columns[0];
    const result = zeroValues(known.dtype, (rows[1] - rows[0]) * width * channels);
    kernel(operands as NumberArray[], [result as NumberArray]);
    const rowBytes = result.byteLength / (rows[1] - rows[0]);
    for (let row = rows[0]; row < rows[1]; row++) {
      const bytes = new Uint8Array(result.buffer, (row - rows[0]) * rowBytes, rowBytes);
      this.#arena.set(bytes, this.#address({ tensor: output, segment, pass }, row, columns[0]));
    }
  }

  /** Rows and columns of a tensor, all inside, each row in one piece. */
  #region(
    where: { readonly tensor: number; readonly segment?: PlanSegment; readonly pass?: Pass },
    { rows, columns }: Rectangle,
  ): ConstantArray {
    const known = this.model.tensors[where.tensor];
    const pixelBytes = pixelBytesOf(known);
    const rowBytes = (columns[1] - columns[0]) * pixelBytes;
    const bytes = new Uint8Array(rowBytes * (rows[1] - rows[0]));
    const outside = this.#outside.get(this.#origin(where.tensor));
    for (let row = rows[0]; row < rows[1]; row++) {
      const from = outside === undefined
        ? this.#address(where, row, columns[0])
        : (row * known.shape[2] + columns[0]) * pixelBytes;
      const source = outside ?? this.#arena;
      bytes.set(source.subarray(from, from + rowBytes), (row - rows[0]) * rowBytes);
    }
    return values(known, bytes);
  }

  /** The same with the zero point around the image. */
  #window(
    tensor: number,
    { rows, columns }: Rectangle,
    where: { readonly segment?: PlanSegment; readonly pass?: Pass } = {},
  ): ConstantArray {
    const { shape: [, height, width, channels], dtype, quantization } = this.model.tensors[tensor];
    const size = [rows, columns].map(([a, b]) => b - a);
    const result = zeroValues(dtype, size[0] * size[1] * channels) as NumberArray;
    result.fill(quantization?.zeroPoints[0] ?? 0);
    const inside = {
      rows: [Math.max(0, rows[0]), Math.min(height, rows[1])],
      columns: [Math.max(0, columns[0]), Math.min(width, columns[1])],
    } as const;
    const [tall, wide] = [inside.rows, inside.columns].map(([a, b]) => b - a);
    if (tall <= 0 || wide <= 0) return result;
    const part = this.#region({ tensor, ...where }, inside) as NumberArray;
    for (let row = 0; row < tall; row++) {
      const line = (inside.rows[0] - rows[0] + row) * size[1] + inside.columns[0] - columns[0];
      const from = row * wide * channels;
      result.set(part.subarray(from, from + wide * channels), line * channels);
    }
    return result;
  }

  #address(
    { tensor, segment, pass }: {
      readonly tensor: number;
      readonly segment?: PlanSegment;
      readonly pass?: Pass;
    },
    row: number,
    column: number,
  ): number {
    const ring = segment?.rings.find((each) => each.tensor === tensor);
    const known = this.model.tensors[tensor];
    const pixelBytes = pixelBytesOf(known);
    if (ring === undefined) {
      return this.#offset(tensor) + (row * known.shape[2] + column) * pixelBytes;
    }
    const { firstColumn, columns } = pass!.windows.find((each) => each.tensor === tensor)!;
    const x = column - firstColumn;
    return ring.offsetBytes +
      (ring.layout === "rows"
        ? (row % ring.rows) * ring.rowBytes + x * pixelBytes
        : (row * columns + x) % ring.pixels * pixelBytes);
  }

  #bytes(tensor: number, from: number, until: number): Uint8Array {
    const outside = this.#outside.get(this.#origin(tensor));
    if (outside !== undefined) return outside.slice(from, until);
    const offset = this.#offset(tensor);
    return this.#arena.slice(offset + from, offset + until);
  }

  /** Of a view of an external input that input. */
  #origin(tensor: number): number {
    const view = this.plan.removed.find(({ operator, technique }) =>
      technique === "alias-views" && this.model.operators[operator].outputs[0] === tensor
    );
    return view === undefined
      ? tensor
      : this.#origin(this.model.operators[view.operator].inputs[0]);
  }

  #offset(tensor: number): number {
    return this.plan.buffers.find(({ tensors }) => tensors.includes(tensor))!.offsetBytes;
  }

  #kernel(key: string, operator: Operator, part: {
    readonly input?: readonly number[];
    readonly output?: readonly number[];
    readonly attributes?: Readonly<Record<string, unknown>>;
  }): ReferenceKernel {
    const known = this.#kernels.get(key);
    if (known !== undefined) return known;
    const { tensors } = this.model;
    const resized = (tensor: ModelTensor | undefined, size: readonly number[] | undefined) =>
      tensor === undefined || size === undefined || tensor.data !== null
        ? tensor
        : { ...tensor, shape: [1, ...size, tensor.shape[3]] };
    const prepare = engineOperators[operator.op as OperatorName].reference as unknown as AnyPrepare;
    const kernel = prepare({
      attributes: { ...operator.attributes, ...part.attributes },
      inputs: operator.inputs.map((tensor) => resized(tensors[tensor], part.input)),
      outputs: operator.outputs.map((tensor) => resized(tensors[tensor], part.output)),
    });
    this.#kernels.set(key, kernel);
    return kernel;
  }
}

/** Taps and dilation of rows and of columns; null for element-wise operators. */
function tapsOf(operator: Operator, { tensors }: Model): [number, number][] | null {
  switch (operator.op) {
    case "CONV_2D":
    case "DEPTHWISE_CONV_2D": {
      const [, height, width] = tensors[operator.inputs[1]].shape;
      const { dilationH, dilationW } = operator.attributes;
      return [[height, dilationH], [width, dilationW]];
    }
    case "AVERAGE_POOL_2D":
    case "MAX_POOL_2D":
      return [[operator.attributes.filterH, 1], [operator.attributes.filterW, 1]];
    default:
      return null;
  }
}

function pixelBytesOf(tensor: ModelTensor): number {
  return sizeBytes(tensor) / elements(tensor.shape) * tensor.shape[tensor.shape.length - 1];
}

/** Bytes as elements of a tensor's type. */
function values({ dtype }: ModelTensor, bytes: Uint8Array): ConstantArray {
  const { BYTES_PER_ELEMENT } = zeroValues(dtype, 0);
  const array = zeroValues(dtype, bytes.length / BYTES_PER_ELEMENT);
  new Uint8Array(array.buffer).set(bytes);
  return array;
}
