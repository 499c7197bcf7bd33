import {
  livenessOf,
  REGISTER_NAMES,
  type RegisterKind,
  type Routine,
  type RoutineItem,
  type Slot,
  type ThumbRegister,
  VECTOR_NAMES,
} from "./ir.ts";

/** A routine whose registers are the processor's. */
export interface Allocated {
  readonly items: readonly RoutineItem[];
  /** The register of each number. */
  readonly colors: ReadonlyMap<ThumbRegister, number>;
  readonly kinds: Routine["kinds"];
  /** Words that it keeps on the stack. */
  readonly ownWords: number;
}

/** So often registers are given out anew before it is given up. */
const MOST_ROUNDS = 50;

/** What a use in a loop weighs, against one outside of it. */
const LOOP_WEIGHT = 10;

/**
 * Gives out registers by colouring the graph of those that are alive together; what does not fit lives
 * on the stack, what is used the least for the places at which it is in the way first, and is loaded where it is needed.
 * Null if that would be a vector.
 * Source: P. Briggs, K. D. Cooper, L. Torczon, "Improvements to graph coloring register allocation",
 * ACM TOPLAS 16(3), 1994. Null if what an instruction needs at once does not fit.
 */
export function allocateRegisters(routine: Routine): Allocated | null {
  let current = routine;
  let ownWords = 0;
  const temporary = new Set<ThumbRegister>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const graph = graphOf(current);
    const { colors, spilled } = color(graph, { temporary, kinds: current.kinds });
    const { items, kinds } = current;
    if (spilled.length === 0) return { items, colors, kinds, ownWords };
    if (spilled.some((register) => current.kinds.get(register) === "vector")) return null;
    for (const register of spilled) {
      const home = current.homes.get(register);
      const slot = home ?? { kind: "own" as const, index: ownWords };
      const before = current.nextRegister;
      const { routine: next, usesSlot } = spill(current, register, slot);
      if (home === undefined && usesSlot) ownWords++;
      current = next;
      for (let each = before; each < current.nextRegister; each++) temporary.add(each);
    }
  }
  return null;
}

interface Graph {
  readonly neighbours: ReadonlyMap<ThumbRegister, ReadonlySet<ThumbRegister>>;
  /** What it costs to keep a register on the stack. */
  readonly costs: ReadonlyMap<ThumbRegister, number>;
  /** What that is good for: places at which it is alive with too many others. */
  readonly reliefs: ReadonlyMap<ThumbRegister, number>;
  /** Registers that are copied to each other. */
  readonly moves: ReadonlyMap<ThumbRegister, ReadonlySet<ThumbRegister>>;
}

function graphOf({ items, kinds }: Routine): Graph {
  const neighbours = new Map<ThumbRegister, Set<ThumbRegister>>();
  const moves = new Map<ThumbRegister, Set<ThumbRegister>>();
  const costs = new Map<ThumbRegister, number>();
  const reliefs = new Map<ThumbRegister, number>();
  const isVector = (register: ThumbRegister) => kinds.get(register) === "vector";
  const of = (map: Map<ThumbRegister, Set<ThumbRegister>>, register: ThumbRegister) => {
    const known = map.get(register) ?? new Set();
    map.set(register, known);
    return known;
  };
  const join = (
    map: Map<ThumbRegister, Set<ThumbRegister>>,
    a: ThumbRegister,
    b: ThumbRegister,
  ) => {
    if (a === b || isVector(a) !== isVector(b)) return;
    of(map, a).add(b);
    of(map, b).add(a);
  };
  const liveAfter = livenessOf(items);
  items.forEach((item, i) => {
    if (item.kind === "label") return;
    const { defs, uses, isMove, isConstant, depth } = item;
    const weight = LOOP_WEIGHT ** depth;
    const alive = new Set([...liveAfter[i], ...defs]);
    if ([...alive].filter((each) => !isVector(each)).length >= REGISTER_NAMES.length) {
      for (const each of alive) {
        if (defs.includes(each) || uses.includes(each)) continue;
        reliefs.set(each, (reliefs.get(each) ?? 0) + weight);
      }
    }
    for (const each of uses) costs.set(each, (costs.get(each) ?? 0) + weight);
    for (const each of defs) {
      costs.set(each, (costs.get(each) ?? 0) + (isConstant ? 0 : weight));
    }
    for (const each of [...defs, ...uses]) of(neighbours, each);
    if (isMove) join(moves, defs[0], uses[0]);
    for (const each of defs) {
      for (const live of liveAfter[i]) {
        if (!(isMove && live === uses[0])) join(neighbours, each, live);
      }
      for (const other of defs) join(neighbours, each, other);
    }
  });
  return { neighbours, costs, reliefs, moves };
}

const places = (names: readonly string[]) =>
  names.map((name) => REGISTER_NAMES.findIndex((each) => each === name));

/** The places that registers of a kind may take, those that others need less first. */
const CHOICES: Readonly<Record<RegisterKind, readonly number[]>> = {
  any: REGISTER_NAMES.map((_, i) => i),
  even: places(["r8", "r10", "r12", "r0", "r2", "r4", "r6", "lr"]),
  low: places(["r1", "r3", "r5", "r7", "r0", "r2", "r4", "r6"]),
  vector: VECTOR_NAMES.map((_, i) => i),
};

function color(
  { neighbours, costs, reliefs, moves }: Graph,
  { temporary, kinds }: {
    readonly temporary: ReadonlySet<ThumbRegister>;
    readonly kinds: ReadonlyMap<ThumbRegister, RegisterKind>;
  },
) {
  const count = REGISTER_NAMES.length;
  const choicesOf = (register: ThumbRegister) => CHOICES[kinds.get(register) ?? "any"];
  const isFixed = (register: ThumbRegister) => register < count;
  const degrees = new Map([...neighbours].map(([each, all]) => [each, all.size]));
  const left = new Set([...neighbours.keys()].filter((each) => !isFixed(each)));
  const order: ThumbRegister[] = [];
  const take = (register: ThumbRegister) => {
    left.delete(register);
    order.push(register);
    for (const each of neighbours.get(register)!) degrees.set(each, degrees.get(each)! - 1);
  };
  while (left.size > 0) {
    let easy: ThumbRegister | undefined;
    let cheapest: ThumbRegister | undefined;
    let least = Infinity;
    // Registers that may not be any come last, so that they are the first to choose.
    const free = [...left].filter((each) => !kinds.has(each));
    for (const each of free.length > 0 ? free : left) {
      if (degrees.get(each)! < choicesOf(each).length) {
        easy = each;
        break;
      }
      const cost = temporary.has(each) ? Infinity : costs.get(each)! / (reliefs.get(each) ?? 1e-3);
      if (cheapest === undefined || cost < least) [cheapest, least] = [each, cost];
    }
    take(easy ?? cheapest!);
  }
  const colors = new Map<ThumbRegister, number>();
  for (const each of neighbours.keys()) if (isFixed(each)) colors.set(each, each);
  const spilled: ThumbRegister[] = [];
  for (const register of order.toReversed()) {
    const taken = new Set([...neighbours.get(register)!].map((each) => colors.get(each)));
    const choices = choicesOf(register);
    const wanted = [...moves.get(register) ?? []].map((each) => colors.get(each))
      .find((each) => each !== undefined && !taken.has(each) && choices.includes(each));
    // What neighbours come from or go to by a copy is left to them, if it can be.
    const avoided = new Set(
      [...neighbours.get(register)!].filter((each) => !colors.has(each))
        .flatMap((each) => [...moves.get(each) ?? []].map((from) => colors.get(from))),
    );
    const all = choices.filter((i) => !taken.has(i));
    const free = wanted ?? all.find((i) => !avoided.has(i)) ?? all[0];
    if (free === undefined) spilled.push(register);
    else colors.set(register, free);
  }
  return { colors, spilled };
}

/** The routine with a register on the stack, or made anew where it is needed if it is a constant. */
function spill(
  routine: Routine,
  register: ThumbRegister,
  slot: Slot,
): { readonly routine: Routine; readonly usesSlot: boolean } {
  const writes = routine.items.filter((item) =>
    item.kind === "code" && item.defs.includes(register)
  );
  const [first] = writes;
  const again = writes.length === 1 && first.kind === "code" && first.isConstant ? first : null;
  let next = routine.nextRegister;
  const kinds = new Map(routine.kinds);
  const kind = kinds.get(register);
  const items = routine.items.flatMap((item): RoutineItem[] => {
    if (item.kind === "label") return [item];
    const [reads, sets] = [item.uses.includes(register), item.defs.includes(register)];
    if (!reads && !sets) return [item];
    if (again !== null && sets) return [];
    // A parameter that comes on the stack is there already.
    if (item.slot !== undefined && isSame(item.slot.slot, slot)) return [];
    // A copy from or to the stack needs no register in between.
    if (item.isMove && again === null) {
      return [
        reads
          ? access("ldr", slot, item.defs[0], item.depth)
          : access("str", slot, item.uses[0], item.depth),
      ];
    }
    const own = next++;
    if (kind !== undefined) kinds.set(own, kind);
    const renamed = (all: readonly ThumbRegister[]) =>
      all.map((each) => each === register ? own : each);
    const { depth } = item;
    const load = again === null
      ? access("ldr", slot, own, depth)
      : { ...again, defs: [own], depth };
    return [
      ...reads ? [load] : [],
      { ...item, uses: renamed(item.uses), defs: renamed(item.defs) },
      ...sets ? [access("str", slot, own, depth)] : [],
    ];
  });
  return { routine: { ...routine, items, kinds, nextRegister: next }, usesSlot: again === null };
}

/** A word of the stack loaded or stored; its place is known when the frame is. */
export function access(
  op: "ldr" | "str",
  slot: Slot,
  register: ThumbRegister,
  depth: number,
): RoutineItem {
  const isLoad = op === "ldr";
  return {
    kind: "code",
    defs: isLoad ? [register] : [],
    uses: isLoad ? [] : [register],
    text: (defs, uses) => [`${op} ${isLoad ? defs[0] : uses[0]}, `],
    slot: { slot, access: op },
    depth,
  };
}

function isSame(a: Slot, b: Slot): boolean {
  return a.kind === b.kind && a.index === b.index;
}
