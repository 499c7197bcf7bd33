import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { mutated, type Mutation, mutationsOf } from "./mutations.ts";

/** A place in the library that can be changed. */
export interface Site {
  readonly path: string;
  readonly room: string;
  readonly mutation: Mutation;
  /** The line as it stands, and with the change in it. */
  readonly code: string;
  readonly mutant: string;
}

/** All places in the rooms of the library, or in one of them, in the order of paths. */
export function allSites(texts: ReadonlyMap<string, string>, wanted?: string): readonly Site[] {
  return [...texts].sort(([a], [b]) => a < b ? -1 : 1).flatMap(([path, text]) => {
    const [top, room, ...rest] = path.split("/");
    // Packages' doors and lists that a program writes have no code of their own.
    if (top !== "lib" || rest.length === 0 || room === "npm" || /registry\.ts$/.test(path)) {
      return [];
    }
    if (wanted !== undefined && room !== wanted) return [];
    return mutationsOf(text, { hasLooks: room === "chart" }).map((mutation) => {
      const lineOf = (whole: string) => whole.split("\n")[mutation.line - 1].trim();
      return { path, room, mutation, code: lineOf(text), mutant: lineOf(mutated(text, mutation)) };
    });
  });
}

/** So many sites drawn by a seed: the least of each room, and the rest from all, mixed. */
export function drawSites(
  sites: readonly Site[],
  { count, least, seed }: { readonly count: number; readonly least: number; readonly seed: number },
): readonly Site[] {
  const random = xoroshiro128plus(seed);
  const all = shuffled(sites, random);
  const rooms = [...Map.groupBy(all, ({ room }) => room).values()];
  const first = new Set(rooms.flatMap((own) => own.slice(0, least)));
  const more = all.filter((site) => !first.has(site)).slice(0, Math.max(0, count - first.size));
  return shuffled([...first, ...more], random);
}

function shuffled<Value>(
  values: readonly Value[],
  random: ReturnType<typeof xoroshiro128plus>,
): readonly Value[] {
  const mixed = [...values];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
  }
  return mixed;
}
