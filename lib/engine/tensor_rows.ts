import { formatCount, threeDigits } from "../measure/format.ts";
import { sizeBytes } from "../model/shape.ts";
import { stateTensors } from "../model/state.ts";
import type { Tensor } from "../model/tensor.ts";
import type { PlanBuffer } from "../plan/plan.ts";
import type { Engine } from "./engine.ts";

/** A tensor or scratch buffer of a layer in words. */
interface TensorRow {
  readonly role: string;
  readonly tensor: string;
  readonly name: string;
  readonly dtype: string;
  readonly shape: string;
  readonly quantization: string;
  readonly sizeBytes: number;
  readonly place: string;
}

/** What a layer reads, writes and uses for itself, and where that lies. */
export function tensorRows({ model, plan, layers }: Engine, layer: number): readonly TensorRow[] {
  const { steps: [from, until], segment } = layers[layer];
  const { inputs, outputs } = segment === null ? plan.steps[from] : plan.segments[segment];
  const scratch = plan.steps.slice(from, until).flatMap((step) => step.scratch);
  const state = stateTensors(model);
  const bufferOf = (tensor: number) => plan.buffers.find(({ tensors }) => tensors.includes(tensor));
  const row = (role: string, index: number): TensorRow => {
    const tensor = model.tensors[index];
    const buffer = bufferOf(index);
    return {
      role,
      tensor: `t${index}`,
      name: tensor.name,
      dtype: tensor.dtype,
      shape: `[${tensor.shape}]`,
      quantization: quantizationText(tensor),
      sizeBytes: sizeBytes(tensor),
      place: tensor.data !== null
        ? "constant"
        : state.has(index)
        ? "state"
        : buffer === undefined
        ? "outside of the arena"
        : [span(buffer), ...views(buffer, index), ...sharedBytes(buffer)].join("; "),
    };
  };
  const sharedBytes = ({ shares }: PlanBuffer): readonly string[] =>
    shares.filter(({ step }) => step === from).map(({ buffer, reason }) => {
      const { tensors } = plan.buffers.find(({ id }) => id === buffer)!;
      return `shares bytes with ${names(tensors) || buffer}: ${reason}`;
    });
  return [
    ...inputs.filter((index) => index !== -1).map((index) => row("reads", index)),
    ...outputs.map((index) => row("writes", index)),
    ...plan.buffers.filter(({ id }) => scratch.includes(id)).map((buffer) => ({
      role: "scratch",
      tensor: buffer.id,
      name: buffer.name,
      dtype: "",
      shape: "",
      quantization: "",
      sizeBytes: buffer.sizeBytes,
      place: span(buffer),
    })),
  ];
}

function span({ offsetBytes, sizeBytes }: PlanBuffer): string {
  return `arena ${formatCount(offsetBytes)} to ${formatCount(offsetBytes + sizeBytes - 1)}`;
}

function views({ tensors }: PlanBuffer, index: number): readonly string[] {
  const others = tensors.filter((tensor) => tensor !== index);
  return others.length === 0 ? [] : [`the same bytes as ${names(others)}`];
}

const names = (tensors: readonly number[]) => tensors.map((tensor) => `t${tensor}`).join(", ");

function quantizationText({ quantization }: Tensor): string {
  if (quantization === null || quantization.scales.length === 0) return "";
  const { scales, zeroPoints: [zeroPoint = 0] } = quantization;
  if (scales.length > 1) return `${scales.length} scales`;
  const q = zeroPoint === 0 ? "q" : `(q ${zeroPoint < 0 ? "+" : "-"} ${Math.abs(zeroPoint)})`;
  return `${threeDigits(scales[0])} ${q}`;
}
