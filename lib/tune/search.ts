import { type RandomStream, randomStream } from "../measure/random.ts";
import type { Step } from "../nest/nest.ts";
import { applySteps } from "../schedule/apply_steps.ts";
import { ScheduleError } from "../schedule/loops.ts";
import {
  type Candidate,
  type CandidateOrigin,
  isTimed,
  type Judgement,
  type TimedCandidate,
} from "./candidate.ts";
import {
  crossGenomes,
  type Genome,
  identity,
  mutateGenome,
  randomGenome,
  type ScheduleSpace,
} from "./genome.ts";
import { scheduleOf } from "./schedule_of.ts";
import { seedGenomes } from "./seed_genomes.ts";

/**
 * Why a search ended; `exhausted`: it found nothing new any more.
 *
 * @category Tuning
 */
export type SearchEnd = "budget" | "evaluations" | "exhausted" | "aborted";

/** How to search a schedule space. */
export interface SearchOptions {
  readonly seed: number;
  readonly evaluations: number;
  readonly population: number;
  /** A schedule to begin with. */
  readonly given: readonly Step[] | null;
  readonly judge: (steps: readonly Step[]) => Promise<Judgement>;
  /** Asked before each candidate. */
  readonly ended: () => "budget" | "aborted" | null;
  readonly onCandidate: (candidate: Candidate) => void;
}

// Draws in a row without a new legal schedule, after which the space counts as exhausted.
const mostFruitless = 500;

/**
 * A (mu + lambda) evolution: the first generation is what is given, the seeds of the space and
 * random points; every next one has half as many children as there are parents, who are the best
 * so far. A schedule is tried once. The sequence depends on the seed and the judgements only.
 */
export async function search(space: ScheduleSpace, options: SearchOptions): Promise<SearchEnd> {
  const { population, given } = options;
  const random = randomStream(options.seed, 0);
  const seen = new Set<string>();
  let timed: readonly TimedCandidate[] = [];
  let tried = 0;
  let fruitless = 0;
  let generation = 0;

  const attempt = async (
    steps: readonly Step[],
    { genome, origin }: { readonly genome: Genome | null; readonly origin: CandidateOrigin },
  ): Promise<SearchEnd | null> => {
    const ended = options.ended();
    if (ended) return ended;
    const key = keyOf(space, steps);
    const candidate: Candidate | null = seen.has(key)
      ? null
      : { index: tried++, generation, origin, steps, genome, ...await options.judge(steps) };
    seen.add(key);
    if (candidate) options.onCandidate(candidate);
    if (candidate === null || !isTimed(candidate)) {
      return ++fruitless >= mostFruitless ? "exhausted" : null;
    }
    fruitless = 0;
    timed = [...timed, candidate];
    return timed.length >= options.evaluations ? "evaluations" : null;
  };
  const breed = (genome: Genome, origin: CandidateOrigin): Promise<SearchEnd | null> =>
    attempt(scheduleOf(space, genome), { genome, origin });

  let end = given && await attempt(given, { genome: null, origin: "given" });
  for (const genome of seedGenomes(space)) end ??= await breed(genome, "start");
  while (!end && timed.length < population) {
    end = await breed(randomGenome(space, random), "random");
  }
  while (!end) {
    generation++;
    const parents = fittest(timed, population);
    const goal = timed.length + Math.ceil(population / 2);
    while (!end && timed.length < goal) {
      const { genome, origin } = child(space, parents, random);
      end = await breed(genome, origin);
    }
  }
  return end;
}

// An illegal schedule is known by its steps only.
function keyOf({ plain }: ScheduleSpace, steps: readonly Step[]): string {
  try {
    return identity(applySteps(plain, steps));
  } catch (error) {
    if (error instanceof ScheduleError) return JSON.stringify(steps);
    throw error;
  }
}

/** The quickest that descend from genomes. */
function fittest(timed: readonly TimedCandidate[], count: number): readonly TimedCandidate[] {
  return timed.filter((each) => each.genome).toSorted((a, b) => a.minNs - b.minNs).slice(0, count);
}

function child(
  space: ScheduleSpace,
  parents: readonly TimedCandidate[],
  random: RandomStream,
): { readonly genome: Genome; readonly origin: CandidateOrigin } {
  if (parents.length === 0 || random(8) === 0) {
    return { genome: randomGenome(space, random), origin: "random" };
  }
  const one = tournament(parents, random);
  if (random(2) === 0) return { genome: mutateGenome(space, one, random), origin: "mutation" };
  const mixed = crossGenomes(one, tournament(parents, random), random);
  return {
    genome: random(2) === 0 ? mutateGenome(space, mixed, random) : mixed,
    origin: "crossover",
  };
}

// The best of three; parents are sorted.
function tournament(parents: readonly TimedCandidate[], random: RandomStream): Genome {
  const places = Array.from({ length: 3 }, () => random(parents.length));
  return parents[Math.min(...places)].genome!;
}
