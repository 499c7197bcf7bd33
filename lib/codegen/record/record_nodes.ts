import type { Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { add, apply, constant, min, mul, sub } from "../../kernel/values.ts";
import type { Expression, LoopRange, Node } from "../program.ts";
import { loadedRefs } from "../refs.ts";
import { loadNeighboursOf, loadRef } from "./access.ts";
import { recordAccumulate } from "./record_accumulate.ts";
import { recordCompute } from "./record_compute.ts";
import { recordPart } from "./record_part.ts";
import {
  boundTo,
  bytesOf,
  extended,
  groupsWithin,
  outside,
  type Recording,
  type RecordOptions,
  type Scope,
  type ThreadTeam,
  type Variable,
} from "./recording.ts";

/**
 * Records what a program does into a kernel that is being written, each of its buffers where it is
 * bound to.
 *
 * @throws {TypeError} a buffer of the nodes is bound to nothing, or an extent that is known at run time
 * only is not given.
 */
export function recordNodes(
  nodes: readonly Node[],
  { builder, ...options }: RecordOptions & { readonly builder: KernelBuilder },
): void {
  recordEach({ ...options, builder, nodes: recordEach }, nodes, outside());
}

function recordEach(recording: Recording, nodes: readonly Node[], scope: Scope): void {
  const { builder, team } = recording;
  for (const node of nodes) {
    switch (node.kind) {
      case "let": {
        const { neighbours } = node;
        const value = neighbours === null
          ? loadRef(recording, node.ref, node, scope)
          : loadNeighboursOf(recording, { ...node, neighbours }, scope);
        scope.values.set(node.id, builder.let(`${node.ref.buffer}_value`, value));
        break;
      }
      case "compute":
        recordCompute(recording, node, scope);
        break;
      case "accumulate":
        recordAccumulate(recording, node, scope);
        break;
      case "range":
        recordRange(recording, node, scope);
        break;
      case "barrier":
        if (team) builder.barrier(team.threads);
        break;
      case "prefetch": // WebAssembly has nothing for it.
    }
  }
}

/** One loop: its extent, its pointers, and its parts one after the other. */
function recordRange(recording: Recording, range: LoopRange, outer: Scope): void {
  const { builder, team, limit } = recording;
  const { loop, step } = range;
  const isDynamic = range.parts.some(({ times }) => typeof times === "string");
  const left = isDynamic ? builder.let(`${loop}_left`, extentOf(recording, range, outer)) : null;
  const first = range.parallel && team && left ? takeShare(recording, range, left, team) : null;
  if (range.outermost && limit && left) builder.set(left, min(left, limit));

  const pointers = pointersOf(recording, range, first, outer);
  const scope: Scope = {
    ...outer,
    groups: groupsWithin(outer),
    pointers: extended(outer.pointers, pointers),
    moves: extended(outer.moves, movesOf(recording, range, pointers)),
    steps: usesGuards(range)
      ? new Map(outer.steps).set(loop, builder.let(loop, first ?? constant(0)))
      : outer.steps,
    remaining: left ? new Map(outer.remaining).set(loop, { left, step }) : outer.remaining,
  };
  range.parts.forEach((part, index) => {
    recordPart(recording, part, { range, isLast: index === range.parts.length - 1 }, scope);
  });
}

// min(step of the tile loop, what remains for it), or the whole extent.
function extentOf({ extents }: Recording, { extent }: LoopRange, scope: Scope): Value {
  if (extent.given !== null) {
    const given = extents?.get(extent.given);
    if (!given) throw new TypeError(`extent of axis ${extent.given} is bound to no value`);
    return given;
  }
  const tile = extent.within === null ? undefined : scope.remaining.get(extent.within);
  return tile ? min(tile.left, tile.step) : constant(extent.sizes[0]);
}

// Each pointer starts where that of the loops around is, at this thread's first step.
function pointersOf(
  recording: Recording,
  { loop, pointers }: LoopRange,
  first: Variable | null,
  outer: Scope,
): [number, Variable][] {
  const bound = pointers.filter(({ buffer }) => recording.buffers.has(buffer));
  return bound.map(({ id, from, buffer, stride }) => {
    const start = from === null ? boundTo(recording, buffer).pointer : outer.pointers.get(from)!;
    const address = first ? add(start, mul(first, bytesOf(recording, buffer, stride))) : start;
    return [id, recording.builder.let(`${buffer}_${loop}`, address)];
  });
}

function movesOf(
  { moves }: Recording,
  { loop, pointers }: LoopRange,
  variables: readonly (readonly [number, Variable])[],
): readonly [number, () => void][] {
  if (moves === undefined) return [];
  return pointers.flatMap(({ id, buffer }): [number, () => void][] => {
    const mover = moves[buffer]?.[loop];
    if (mover === undefined) return [];
    const [, pointer] = variables.find(([own]) => own === id)!;
    return [[id, mover(pointer)]];
  });
}

/**
 * Takes this thread's share, iterations from `n * thread / threads` to `n * (thread + 1) / threads`:
 * leaves its elements in `left` and gives its first step.
 */
function takeShare(
  { builder }: Recording,
  { loop, parts, step }: LoopRange,
  left: Variable,
  { thread, threads }: ThreadTeam,
): Variable {
  const unit = Math.max(...parts.map((part) => part.unit));
  const whole = unit === 1 ? left : apply("i32.div_u", [add(left, unit - 1), unit]);
  const rounds = builder.let(`${loop}_rounds`, whole);
  const bound = (before: Value) => apply("i32.div_u", [mul(rounds, before), threads]);
  const first = builder.let(`${loop}_first`, bound(thread));
  const end = builder.let(`${loop}_end`, mul(bound(add(thread, 1)), unit));
  builder.set(left, sub(min(left, end), mul(first, unit)));
  if (unit !== step) builder.set(first, mul(first, unit / step));
  return first;
}

// Programs are recorded in several places.
const guarded = new WeakMap<LoopRange, boolean>();

function usesGuards(range: LoopRange): boolean {
  const known = guarded.get(range);
  if (known !== undefined) return known;
  const found = findGuards(range);
  guarded.set(range, found);
  return found;
}

function findGuards({ parts }: LoopRange): boolean {
  const isPadded = (value: Expression) => loadedRefs(value).some(({ guards }) => guards.length > 0);
  const inNodes = (nodes: readonly Node[]): boolean =>
    nodes.some((node) => {
      switch (node.kind) {
        case "range":
          return usesGuards(node);
        case "accumulate":
          return inNodes(node.body) ||
            node.registers.some(({ finish }) => finish !== null && isPadded(finish));
        case "let":
          return node.ref.guards.length > 0;
        case "compute":
          return isPadded(node.value);
        case "prefetch":
        case "barrier":
          return false;
      }
    });
  return parts.some((part) => inNodes(part.body));
}
