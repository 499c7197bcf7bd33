import { elementsOf } from "../nest/define_nest.ts";
import {
  type Computation,
  isPipeline,
  type Pipeline,
  type PipelineNode,
  type Stage,
  stagesOf,
  weightStages,
} from "../nest/pipeline.ts";
import type { Nest } from "../nest/nest.ts";
import { checkVectors } from "../schedule/dot_group.ts";
import { assignPointers } from "./assign_pointers.ts";
import { lower, lowerNodes, type LowerOptions } from "./lower.ts";
import type { LoopRange, Node, Program, ProgramBuffer, Ref } from "./program.ts";
import { mapRefs } from "./refs.ts";

/**
 * Turns a nest or a pipeline into one program: the stages one after the other, what only weights go
 * into apart. Without shared loads its vectors may have any size, else those of WebAssembly.
 *
 * @throws {ScheduleError} a schedule is not legal.
 */
export function lowerComputation(
  computation: Computation,
  options: Pick<LowerOptions, "share" | "prefetches"> = {},
): Program {
  if (options.share !== false) nestsOf(computation).forEach(checkVectors);
  return isPipeline(computation)
    ? lowerPipeline(computation, options)
    : lower(computation, options);
}

function lowerPipeline(
  pipeline: Pipeline,
  options: Pick<LowerOptions, "share" | "prefetches">,
): Program {
  const programs = lowerStages(pipeline, options);
  const ahead = weightStages(pipeline).stages;
  const prepare: Node[] = [];
  const nodesOf = (nodes: readonly PipelineNode[]): Node[] =>
    nodes.flatMap((node): Node[] => {
      if (node.kind === "repeat") {
        const body = nodesOf(node.body);
        return body.length > 0 ? [repeated(node.axis, node.extent, body)] : [];
      }
      const program = programs.get(node)!;
      prepare.push(...program.prepare);
      if (!ahead.has(node)) return [...program.body];
      prepare.push(...program.body);
      return [];
    });
  const body = nodesOf(pipeline.nodes);
  const shared = pipeline.buffers.map((buffer): ProgramBuffer => ({
    name: buffer.name,
    dtype: buffer.dtype,
    elements: elementsOf(buffer),
    role: buffer.role === "weights" ? "input" : buffer.role,
    perThread: false,
    ...(buffer.sharesWith !== undefined && { sharesWith: buffer.sharesWith }),
  }));
  return {
    name: pipeline.name,
    buffers: [
      ...shared,
      ...[...programs.values()].flatMap(({ buffers }) =>
        buffers.filter(({ role }) => role === "packed")
      ),
    ],
    prepare: assignPointers(prepare),
    body: assignPointers(body),
  };
}

/** The program of each stage, its packed copies under names that no other stage has. */
export function lowerStages(
  pipeline: Pipeline,
  options: Pick<LowerOptions, "share" | "prefetches"> = {},
): ReadonlyMap<Stage, Program> {
  const constants = weightStages(pipeline).buffers;
  const taken = new Set(pipeline.buffers.map(({ name }) => name));
  const programs = new Map<Stage, Program>();
  const visit = (nodes: readonly PipelineNode[]): void => {
    for (const node of nodes) {
      if (node.kind === "repeat") visit(node.body);
      else programs.set(node, lowerStage(node, { constants, ...options }, taken));
    }
  };
  visit(pipeline.nodes);
  return programs;
}

function lowerStage(stage: Stage, options: LowerOptions, taken: Set<string>): Program {
  const program = lowerNodes(stage.nest, options);
  const names = new Map<string, string>();
  for (const { name, role } of program.buffers) {
    if (role !== "packed") continue;
    let free = name;
    for (let more = 2; taken.has(free); more++) free = `${name}${more}`;
    taken.add(free);
    names.set(name, free);
  }
  const place = (ref: Ref): Ref => {
    const shift = stage.offsets[ref.buffer];
    return {
      ...ref,
      buffer: names.get(ref.buffer) ?? ref.buffer,
      offset: ref.offset + (shift?.offset ?? 0),
      strides: { ...shift?.terms, ...ref.strides },
    };
  };
  return {
    name: program.name,
    buffers: program.buffers.map((each) => ({ ...each, name: names.get(each.name) ?? each.name })),
    prepare: mapRefs(program.prepare, place),
    body: mapRefs(program.body, place),
  };
}

function repeated(axis: string, extent: number, body: readonly Node[]): LoopRange {
  return {
    kind: "range",
    loop: axis,
    step: 1,
    extent: { sizes: [extent], within: null, given: null },
    parallel: false,
    outermost: false,
    parts: [{ times: extent, unit: 1, body: body.map(uncut) }],
    pointers: [],
  };
}

// A warm-up call cuts only loops that nothing is around.
function uncut(node: Node): Node {
  return node.kind === "range" ? { ...node, outermost: false } : node;
}

function nestsOf(computation: Computation): readonly Nest[] {
  if (!isPipeline(computation)) return [computation];
  return stagesOf(computation.nodes).map(({ stage }) => stage.nest);
}
