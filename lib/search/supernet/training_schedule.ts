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
 * Which sub-network learns in each step; to be asked for every step in order. The largest first; then
 * the largest, any, the smallest and any in turn.
 */
export function trainingSchedule(
  space: SupernetSpace,
  { among, firstSteps, random }: ScheduleOptions,
): (step: number) => SupernetGenes {
  const { largest, smallest, any } = among === undefined ? drawsOf(space) : drawsAmong(among);
  return (step) => {
    const turn = step < firstSteps ? 0 : step % 4;
    return (turn === 0 ? largest : turn === 2 ? smallest : any)(random);
  };
}

const WARM_UP = 0.05;

/** Share of the highest rate: up in a line, then down along a cosine. */
export function rateAt(done: number): number {
  if (done < WARM_UP) return done / WARM_UP;
  return (1 + Math.cos(Math.PI * (done - WARM_UP) / (1 - WARM_UP))) / 2;
}

interface Draws {
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
  return { largest: at(largestGenes(space)), smallest: at(smallestGenes(space)), any };
}

/** The last and the first tenth stand for the largest and the smallest. */
function drawsAmong(among: readonly SupernetGenes[]): Draws {
  const tenth = Math.ceil(among.length / 10);
  const from = (networks: readonly SupernetGenes[]): Draw => (random) =>
    networks[random(networks.length)];
  return {
    largest: from(among.slice(-tenth)),
    smallest: from(among.slice(0, tenth)),
    any: from(among),
  };
}
