import type { RandomStream } from "../../measure/random_stream.ts";
import {
  largestGenes,
  randomGenes,
  smallestGenes,
  type SupernetGenes,
  type SupernetSpace,
} from "./supernet_space.ts";

/** What `trainingSchedule` needs to know. */
export interface ScheduleOptions {
  /** The networks that learn, from the least to the most; all of the space if undefined. */
  readonly among: readonly SupernetGenes[] | undefined;
  /** Steps at the beginning in which only the largest learn. */
  readonly firstSteps: number;
  readonly random: RandomStream;
}

type Draw = (random: RandomStream) => SupernetGenes;

/**
 * Which sub-network learns in each step; to be asked for every step in order. The largest of all first;
 * then a large one, any, a small one and any in turn.
 */
export function trainingSchedule(
  space: SupernetSpace,
  { among, firstSteps, random }: ScheduleOptions,
): (step: number) => SupernetGenes {
  const { first, largest, smallest, any } = among === undefined
    ? drawsOf(space)
    : drawsAmong(among);
  return (step) => {
    if (step < firstSteps) return first(random);
    return [largest, any, smallest, any][step % 4](random);
  };
}

const WARM_UP = 0.05;

/** Share of the highest rate: up in a line, then down along a cosine. */
export function rateAt(done: number): number {
  if (done < WARM_UP) return done / WARM_UP;
  return (1 + Math.cos(Math.PI * (done - WARM_UP) / (1 - WARM_UP))) / 2;
}

interface Draws {
  readonly first: Draw;
  readonly largest: Draw;
  readonly smallest: Draw;
  readonly any: Draw;
}

function drawsOf(space: SupernetSpace): Draws {
  const any: Draw = (random) => randomGenes(space, random);
  const at = (end: SupernetGenes): Draw => (random) => ({
    ...end,
    resolution: any(random).resolution,
  });
  const largest = at(largestGenes(space));
  return { first: largest, largest, smallest: at(smallestGenes(space)), any };
}

/** The last is the largest of all; the last and the first tenth stand for large and small ones. */
function drawsAmong(among: readonly SupernetGenes[]): Draws {
  const tenth = Math.ceil(among.length / 10);
  const from = (networks: readonly SupernetGenes[]): Draw => (random) =>
    networks[random(networks.length)];
  return {
    first: () => among[among.length - 1],
    largest: from(among.slice(-tenth)),
    smallest: from(among.slice(0, tenth)),
    any: from(among),
  };
}
