import type {
  Compute,
  Expression,
  Let,
  LoopPart,
  LoopRange,
  Neighbours,
  Node,
  Ref,
} from "./program.ts";
import { loadedRefs, writtenIn } from "./refs.ts";

// More values than this would not stay in registers; they are loaded where they are used.
const mostHoisted = 16;

/**
 * Loads once what several operations in a row use, and before a loop what the loop does not change.
 * Inputs are never written, and packed copies only by their own loops, so this is always right.
 */
export function shareLoads(nodes: readonly Node[]): Node[] {
  let ids = 0;
  const loadsOf = loadFinder();
  return shareBlock(nodes, new Map());

  function shareBlock(block: readonly Node[], outer: ReadonlyMap<string, number>): Node[] {
    const loads = block.map((node) => node.kind === "compute" ? loadsOf(node) : []);
    const uses = countUses(loads);
    const known = new Map(outer);
    const result: Node[] = [];
    const define = (key: string, load: Load): void => {
      known.set(key, ids);
      const { ref, width, dtype, neighbours } = load;
      result.push({ kind: "let", id: ids++, ref, width, dtype, neighbours });
    };
    for (const [index, node] of block.entries()) {
      switch (node.kind) {
        case "compute":
          for (const [key, load] of heldBeside(loads, index, uses)) {
            if (!known.has(key)) define(key, load);
          }
          for (const [key, load] of loads[index]) {
            const pays = uses.get(key)! > 1 || load.neighbours !== null;
            if (!known.has(key) && pays) define(key, load);
          }
          result.push(replaceLoads(node, loads[index], known));
          forgetWritten(known, writtenIn([node]));
          break;
        case "range": {
          const hoisted = invariantLoads(node, loadsOf).filter(([key]) => !known.has(key));
          if (hoisted.length <= mostHoisted) {
            for (const [key, load] of hoisted) define(key, load);
          }
          const parts = node.parts.map((part): LoopPart => (
            { ...part, body: shareBlock(part.body, known) }
          ));
          result.push({ ...node, parts });
          forgetWritten(known, writtenIn([node]));
          break;
        }
        case "accumulate":
          result.push({ ...node, body: shareBlock(node.body, known) });
          forgetWritten(known, writtenIn([node]));
          break;
        default:
          result.push(node);
      }
    }
    return result;
  }
}

/**
 * Of the operations in a row that share one of their operands, the operands that are used more often
 * still: they stay in registers while others stream by, so they are loaded first.
 */
function heldBeside(
  loads: readonly (readonly Keyed[])[],
  index: number,
  uses: ReadonlyMap<string, number>,
): readonly Keyed[] {
  if (loads[index].length !== 2) return [];
  const [[first], [second]] = loads[index];
  const [streaming, other] = uses.get(first)! < uses.get(second)!
    ? [first, second]
    : [second, first];
  const most = uses.get(streaming)!;
  if (most < 2 || most === uses.get(other)) return [];
  const held: Keyed[] = [];
  for (let next = index; next < loads.length; next++) {
    if (!loads[next].some(([key]) => key === streaming)) break;
    for (const load of loads[next]) if (uses.get(load[0])! > most) held.push(load);
  }
  return held;
}

/** A load and what it has in common with loads of the same. */
type Keyed = readonly [key: string, load: Load];

interface Load extends Pick<Let, "ref" | "width" | "dtype" | "neighbours"> {
  /** Of neighbours that are loaded at once, the one that is meant. */
  readonly first: number;
}

/** The loads of an update in order; found but once. */
type LoadsOf = (compute: Compute) => readonly Keyed[];

function loadFinder(): LoadsOf {
  const found = new Map<Compute, readonly Keyed[]>();
  const stridesKey = stridesKeys();
  return (compute) => {
    const known = found.get(compute);
    if (known) return known;
    const { value, width, dtype } = compute;
    const refs = value.kind === "pair" ? [] : loadedRefs(value);
    const loads = refs.map((ref): Keyed => {
      const load = loadOf({ ref, width, dtype });
      return [keyOf(load, stridesKey), load];
    });
    found.set(compute, loads);
    return loads;
  };
}

/** What names strides; accesses of one kind share theirs. */
function stridesKeys(): (strides: Ref["strides"]) => string {
  const known = new Map<Ref["strides"], string>();
  return (strides) => {
    let key = known.get(strides);
    if (key === undefined) {
      key = Object.entries(strides).map(([loop, stride]) => `,${loop}:${stride}`).join("");
      known.set(strides, key);
    }
    return key;
  };
}

function loadOf({ ref, width, dtype }: Pick<Load, "ref" | "width" | "dtype">): Load {
  if (ref.staged === null) return { ref, width, dtype, neighbours: null, first: 0 };
  const { start, size } = pieceOf(ref.staged);
  const first = ref.staged.first - start;
  const whole = { ...ref, offset: ref.offset - first, staged: null };
  return { ref: whole, width, dtype, neighbours: size, first };
}

// Neighbours that are no power of two are loaded in pieces that are, so that none too many is.
function pieceOf({ elements, first }: Neighbours): { start: number; size: number } {
  let start = 0;
  let size = 8;
  for (; size > 1; size /= 2) {
    if ((elements & size) === 0) continue;
    if (first < start + size) break;
    start += size;
  }
  return { start, size };
}

function keyOf(
  { ref, width, dtype, neighbours }: Load,
  stridesKey: (strides: Ref["strides"]) => string,
): string {
  // What is repeated in all lanes is the same whatever lanes are active.
  const active = ref.lane === 0 && !width.reduces ? 0 : width.active;
  const members = neighbours === null && ref.lane === 0 ? width.members : 0;
  const key = `${ref.buffer},${ref.offset},${ref.lane},${ref.member},${ref.isUnsigned},${dtype},` +
    `${width.lanes},${active},${width.group},${members},${neighbours}` +
    stridesKey(ref.strides);
  if (ref.guards.length === 0) return key;
  const outside = Object.is(ref.outside, -0) ? "-0" : ref.outside;
  return `${key}:${outside}${JSON.stringify(ref.guards)}`;
}

function countUses(loads: readonly (readonly Keyed[])[]): Map<string, number> {
  const uses = new Map<string, number>();
  for (const some of loads) for (const [key] of some) uses.set(key, (uses.get(key) ?? 0) + 1);
  return uses;
}

function replaceLoads(
  compute: Compute,
  loads: readonly Keyed[],
  known: ReadonlyMap<string, number>,
): Compute {
  let at = 0;
  const replace = (value: Expression): Expression => {
    if (value.kind === "binary") {
      return { ...value, left: replace(value.left), right: replace(value.right) };
    }
    if (value.kind !== "load") return value;
    const [key, { neighbours, first }] = loads[at++];
    const id = known.get(key);
    return id === undefined ? value : { kind: "use", id, neighbours, first };
  };
  return { ...compute, value: replace(compute.value) };
}

// Loads inside a loop whose address neither it nor a loop within changes.
function invariantLoads(range: LoopRange, loadsOf: LoadsOf): [string, Load][] {
  const found = new Map<string, Load>();
  const written = writtenIn([range]);
  const visit = (nodes: readonly Node[], loops: readonly string[]): void => {
    for (const node of nodes) {
      if (node.kind === "range") {
        for (const part of node.parts) visit(part.body, [...loops, node.loop]);
      } else if (node.kind === "accumulate") {
        visit(node.body, loops);
      } else if (node.kind === "compute") {
        for (const [key, load] of loadsOf(node)) {
          const moves = [load.ref, ...load.ref.guards].some((each) =>
            loops.some((loop) => each.strides[loop])
          );
          if (!moves && !written.has(load.ref.buffer)) found.set(key, load);
        }
      }
    }
  };
  for (const part of range.parts) visit(part.body, [range.loop]);
  return [...found];
}

function forgetWritten(known: Map<string, number>, written: ReadonlySet<string>): void {
  if (written.size === 0) return;
  const starts = [...written].map((buffer) => `${buffer},`);
  for (const key of known.keys()) {
    if (starts.some((start) => key.startsWith(start))) known.delete(key);
  }
}
