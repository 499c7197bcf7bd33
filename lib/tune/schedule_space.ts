import { readsOf } from "../nest/define_nest.ts";
import type { Axis, Nest } from "../nest/nest.ts";
import { plainNest } from "../nest/plain_nest.ts";
import { vectorLanes } from "../schedule/vector_lanes.ts";

/** What the schedules of a nest can choose from. */
export interface ScheduleSpace {
  readonly plain: Nest;
  readonly spaces: readonly Axis[];
  readonly reductions: readonly Axis[];
  /** The space axis along which the target's elements lie one after the other. */
  readonly contiguous: string | null;
  /** Inputs that are read at one place, so that a copy of them can be packed. */
  readonly inputs: readonly string[];
  /** Target elements in a vector; 1 where no vector instruction computes them. */
  readonly lanes: number;
  /** Whether the body is a sum of products of two int8 tensors. */
  readonly pairs: boolean;
  readonly threads: number;
}

const vectorTypes: readonly string[] = ["f32", "f64", "i32"];

/** The space of schedules of a nest; the nest's own schedule does not matter. */
export function scheduleSpace(
  nest: Nest,
  { threads }: { readonly threads: number },
): ScheduleSpace {
  const plain = plainNest(nest);
  const { axes, body } = plain;
  const tensorOf = (name: string) => plain.tensors.find((tensor) => tensor.name === name)!;
  const target = tensorOf(body.target.tensor);
  const reads = readsOf(body.value);
  const names = reads.map((read) => read.tensor);
  const spaces = axes.filter((axis) => axis.role === "space");
  const { value, update } = body;
  return {
    plain,
    spaces,
    reductions: axes.filter((axis) => axis.role === "reduction"),
    contiguous: spaces.find((axis) => body.target.index.at(-1)?.terms[axis.name] === 1)?.name ??
      null,
    inputs: names.filter((name) => names.indexOf(name) === names.lastIndexOf(name)),
    lanes: vectorTypes.includes(target.dtype) ? vectorLanes(plain) : 1,
    pairs: update === "add" && value.kind === "binary" && value.op === "mul" &&
      value.left.kind === "read" && value.right.kind === "read" && names[0] !== names[1] &&
      names.every((name) => tensorOf(name).dtype === "i8") && target.dtype === "i32",
    threads,
  };
}
