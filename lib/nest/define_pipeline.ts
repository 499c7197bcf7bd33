import { shown } from "../host.ts";
import { checkArguments } from "../check_arguments.ts";
import { checkName } from "./check_expr.ts";
import { allReadsOf, elementsOf } from "./define_nest.ts";
import type { Access, Tensor } from "./nest.ts";
import { affineRange } from "./affine.ts";
import type { Pipeline, PipelineBuffer, PipelineNode, Stage } from "./pipeline.ts";

/**
 * Makes a pipeline after checking it: every stage finds its tensors among the buffers, stays inside
 * them and reads only what was written before it.
 *
 * Buffers that share memory are checked where the pipeline is compiled, by running its addresses.
 *
 * @throws {TypeError} a name is unknown or twice there, types differ, a stage reads what nothing
 * wrote or writes an input, or an output is never written.
 * @throws {RangeError} a stage leaves a buffer, or a repeat's extent is not a positive integer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { affine, defineNest, definePipeline, execute } from "tinyloom";
 *
 * const twice = (from: string, to: string) =>
 *   defineNest({
 *     name: "twice",
 *     extents: { i: 4 },
 *     tensors: [
 *       { name: from, dtype: "f32", shape: [4], role: "input" },
 *       { name: to, dtype: "f32", shape: [4], role: "output" },
 *     ],
 *     body: {
 *       target: { tensor: to, index: [affine("i")] },
 *       update: "set",
 *       value: {
 *         kind: "binary",
 *         op: "mul",
 *         left: { kind: "constant", value: 2 },
 *         right: { kind: "read", access: { tensor: from, index: [affine("i")] } },
 *       },
 *     },
 *   });
 * const pipeline = definePipeline({
 *   name: "four times",
 *   shape: "4",
 *   buffers: [
 *     { name: "X", dtype: "f32", shape: [4], role: "input" },
 *     { name: "T", dtype: "f32", shape: [4], role: "scratch" },
 *     { name: "Y", dtype: "f32", shape: [4], role: "output" },
 *   ],
 *   nodes: [
 *     { kind: "stage", title: "double", nest: twice("X", "T"), offsets: {} },
 *     { kind: "stage", title: "double again", nest: twice("T", "Y"), offsets: {} },
 *   ],
 *   reference: twice("X", "Y"),
 * });
 * assert.deepEqual([...execute(pipeline, { X: Float32Array.of(1, 2, 3, 4) }).Y], [4, 8, 12, 16]);
 * ```
 *
 * @category Loop nests
 */
export function definePipeline(pipeline: Pipeline): Pipeline {
  checkArguments("definePipeline", { pipeline });
  const { name, buffers, nodes, reference } = pipeline;
  for (const buffer of buffers) {
    checkName(buffer.name, "buffer");
    if (buffers.filter((other) => other.name === buffer.name).length > 1) {
      throw new TypeError(`Cannot define ${name}: two buffers are called "${buffer.name}"`);
    }
    checkSharing(pipeline, buffer);
  }
  const written = new Set(
    buffers.filter(({ role }) => role === "input" || role === "weights").map((each) => each.name),
  );
  checkNodes(pipeline, nodes, { written, extents: new Map() });
  for (const { name: output, role } of buffers) {
    if (role === "output" && !written.has(output)) {
      throw new TypeError(`Cannot define ${name}: no stage writes its output "${output}"`);
    }
  }
  for (const tensor of reference.tensors) checkReference(pipeline, tensor);
  for (const { name: input, role } of buffers) {
    const known = reference.tensors.some((tensor) => tensor.name === input);
    if ((role === "input" || role === "weights") && !known) {
      throw new TypeError(`Cannot define ${name}: its reference has no input "${input}"`);
    }
  }
  return shown(pipeline, "nest");
}

interface Progress {
  readonly written: Set<string>;
  readonly extents: ReadonlyMap<string, number>;
}

function checkNodes(
  pipeline: Pipeline,
  nodes: readonly PipelineNode[],
  progress: Progress,
): void {
  for (const node of nodes) {
    if (node.kind === "stage") {
      checkStage(pipeline, node, progress);
      continue;
    }
    checkName(node.axis, "repeat");
    if (!Number.isInteger(node.extent) || node.extent < 1) {
      throw new RangeError(
        `The extent of repeat "${node.axis}" must be a positive integer, found ${node.extent}`,
      );
    }
    const extents = new Map(progress.extents).set(node.axis, node.extent);
    checkNodes(pipeline, node.body, { ...progress, extents });
  }
}

function checkStage(pipeline: Pipeline, stage: Stage, { written, extents }: Progress): void {
  const { nest, title } = stage;
  const refuse = (why: string): never => {
    throw new TypeError(`Cannot run "${title}" in ${pipeline.name}: ${why}`);
  };
  for (const loop of nest.loops) {
    if (extents.has(loop.name)) refuse(`a repeat around it is called "${loop.name}" as its loop`);
    if (loop.mode === "parallel") {
      refuse(`"${loop.name}" is parallel, and stages run on one thread`);
    }
  }
  for (const tensor of nest.tensors) {
    const buffer = pipeline.buffers.find((each) => each.name === tensor.name);
    if (!buffer) return refuse(`there is no buffer "${tensor.name}"`);
    if (buffer.dtype !== tensor.dtype) {
      refuse(`buffer "${buffer.name}" is ${buffer.dtype}, but its nest has ${tensor.dtype}`);
    }
    const writes = tensor.role === "output";
    if (writes && (buffer.role === "input" || buffer.role === "weights")) {
      refuse(`it writes "${buffer.name}", which is an input`);
    }
    if (!writes && !written.has(buffer.name)) {
      refuse(`it reads "${buffer.name}", which nothing has written yet`);
    }
    if (writes && nest.body.update !== "set" && nest.body.start === undefined) {
      refuse(`it adds to what "${buffer.name}" holds; give its sum a start`);
    }
    for (const access of [nest.body.target, ...allReadsOf(nest.body)]) {
      if (access.tensor === tensor.name) checkInside({ stage, access, tensor, buffer }, extents);
    }
    if (writes) written.add(buffer.name);
  }
}

function checkInside(
  { stage, access, tensor, buffer }: {
    readonly stage: Stage;
    readonly access: Access;
    readonly tensor: Tensor;
    readonly buffer: PipelineBuffer;
  },
  extents: ReadonlyMap<string, number>,
): void {
  const axes = new Map(stage.nest.axes.map((axis) => [axis.name, axis.extent]));
  const offset = stage.offsets[tensor.name] ?? { terms: {}, offset: 0 };
  let { least, most } = affineRange(offset, extents);
  let row = 1;
  for (let dimension = tensor.shape.length - 1; dimension >= 0; dimension--) {
    const range = affineRange(access.index[dimension], axes);
    least += row * Math.max(0, range.least);
    most += row * Math.min(tensor.shape[dimension] - 1, range.most);
    row *= tensor.shape[dimension];
  }
  const elements = elementsOf(buffer);
  if (least < 0 || most >= elements) {
    throw new RangeError(
      `"${stage.title}" uses elements ${least}..${most} of "${buffer.name}", which has only 0..${
        elements - 1
      }`,
    );
  }
}

function checkSharing({ name, buffers }: Pipeline, buffer: PipelineBuffer): void {
  if (buffer.sharesWith === undefined) return;
  const other = buffers.find((each) => each.name === buffer.sharesWith);
  if (!other || other.sharesWith !== undefined || other.role === "weights") {
    throw new TypeError(
      `Cannot define ${name}: "${buffer.name}" cannot take the memory of "${buffer.sharesWith}"`,
    );
  }
}

function checkReference(pipeline: Pipeline, tensor: Tensor): void {
  const buffer = pipeline.buffers.find((each) => each.name === tensor.name);
  const same = buffer?.dtype === tensor.dtype &&
    elementsOf(buffer) === elementsOf(tensor);
  if (!same) {
    throw new TypeError(
      `Cannot define ${pipeline.name}: its reference has "${tensor.name}", ${tensor.dtype} of ${
        tensor.shape.join(" x ")
      }, and no buffer is like it`,
    );
  }
}
