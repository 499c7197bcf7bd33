// Sounds that lesson 18 is told by: spoken-like words and machines, all computed, nothing recorded.
import type { RandomStream } from "../lib/measure/mod.ts";
import { evenly, SAMPLE_RATE } from "./audio.ts";

/** What is heard in a clip. */
export const WORDS = ["nothing", "something", "yes", "no"] as const;
export type Word = (typeof WORDS)[number];

/** A stretch of a word: voiced through two resonances that glide, or noise around one. */
interface Sound {
  readonly seconds: number;
  readonly voiced: boolean;
  /** Of both resonances, at the begin and at the end. */
  readonly hertz: readonly [readonly [number, number], readonly [number, number]];
  readonly gain: number;
}

const voiced = (
  seconds: number,
  hertz: Sound["hertz"],
  gain = 1,
): Sound => ({ seconds, voiced: true, hertz, gain });
const hiss = (seconds: number, hertz: number): Sound => ({
  seconds,
  voiced: false,
  hertz: [[hertz, hertz], [1.3 * hertz, 1.3 * hertz]],
  gain: 0.5,
});

/** Resonances of Peterson and Barney's vowels (1952), rounded. */
const VOWELS = {
  ee: [280, 2300],
  e: [530, 1840],
  a: [730, 1090],
  o: [500, 850],
  oo: [300, 870],
} as const;
type Vowel = keyof typeof VOWELS;

function glide(seconds: number, [from, to]: readonly [Vowel, Vowel], gain = 1): Sound {
  const [[f1, f2], [g1, g2]] = [VOWELS[from], VOWELS[to]];
  return voiced(seconds, [[f1, g1], [f2, g2]], gain);
}

/** A clip of a second: a word of a speaker at some place, in noise. */
export function speak(word: Word, random: RandomStream): Int16Array<ArrayBuffer> {
  const between = evenly(random);
  const clip = new Float64Array(SAMPLE_RATE);
  const pace = between(0.8, 1.25);
  const sounds = soundsOf(word, random).map((sound) => ({
    ...sound,
    seconds: sound.seconds * pace,
  }));
  const size = between(0.88, 1.15);
  const pitch = between(90, 240);
  let at = Math.floor(between(0.05, 0.3) * SAMPLE_RATE);
  for (const sound of sounds) {
    const samples = soundOf(sound, { size, pitch, random });
    samples.forEach((sample, i) => clip[at + i] = (clip[at + i] ?? 0) + sample);
    at += samples.length;
  }
  return inNoise(clip, { loudness: between(0.15, 0.5), noise: between(0.002, 0.03), random });
}

function soundsOf(word: Word, random: RandomStream): Sound[] {
  switch (word) {
    case "nothing":
      return [];
    case "yes":
      return [glide(0.16, ["ee", "e"]), glide(0.08, ["e", "e"]), hiss(0.18, 4800)];
    case "no":
      return [voiced(0.09, [[250, 250], [1100, 1100]], 0.5), glide(0.22, ["o", "oo"])];
    case "something":
      return OTHERS[random(OTHERS.length)];
  }
}

/** What is said when it is neither yes nor no: parts of both among them. */
const OTHERS: readonly Sound[][] = [
  [hiss(0.15, 4800), glide(0.2, ["e", "ee"])],
  [hiss(0.1, 2500), glide(0.25, ["a", "a"])],
  [glide(0.2, ["a", "ee"])],
  [glide(0.15, ["oo", "o"]), voiced(0.12, [[250, 250], [1100, 1100]], 0.5)],
  [glide(0.18, ["e", "e"]), hiss(0.06, 2500), glide(0.14, ["a", "a"])],
  [glide(0.2, ["ee", "e"]), glide(0.15, ["o", "oo"])],
  [hiss(0.2, 4800)],
];

function soundOf(
  { seconds, voiced: isVoiced, hertz, gain }: Sound,
  { size, pitch, random }: {
    readonly size: number;
    readonly pitch: number;
    readonly random: RandomStream;
  },
): Float64Array {
  const length = Math.floor(seconds * SAMPLE_RATE);
  const out = new Float64Array(length);
  const resonances = hertz.map(([from, to], i) => resonance(from * size, to * size, 90 + 60 * i));
  let phase = 0;
  for (let i = 0; i < length; i++) {
    const done = i / length;
    phase += pitch * (1 - 0.15 * done) / SAMPLE_RATE;
    let source = random(2 ** 16) / 2 ** 15 - 1;
    if (isVoiced) source = phase >= 1 ? 12 : 0.02 * source;
    if (phase >= 1) phase -= 1;
    const fade = Math.min(1, 20 * done, 8 * (1 - done));
    out[i] = gain * fade * resonances.reduce((sum, resonate) => sum + resonate(source, done), 0);
  }
  return out;
}

/** Two poles that move from one frequency to another. */
function resonance(from: number, to: number, width: number): (x: number, done: number) => number {
  const radius = Math.exp(-Math.PI * width / SAMPLE_RATE);
  let [one, two] = [0, 0];
  return (x, done) => {
    const angle = 2 * Math.PI * (from + (to - from) * done) / SAMPLE_RATE;
    const y = (1 - radius) * x + 2 * radius * Math.cos(angle) * one - radius ** 2 * two;
    [one, two] = [y, one];
    return y;
  };
}

/** Scales the loudest sample to `loudness` and adds noise, both as shares of what int16 holds. */
function inNoise(
  clip: Float64Array,
  { loudness, noise, random }: {
    readonly loudness: number;
    readonly noise: number;
    readonly random: RandomStream;
  },
): Int16Array<ArrayBuffer> {
  const most = clip.reduce((largest, sample) => Math.max(largest, Math.abs(sample)), 1e-9);
  const factor = most > 1e-6 ? loudness / most : 0;
  return Int16Array.from(clip, (sample) => {
    const value = factor * sample + noise * (random(2 ** 16) / 2 ** 15 - 1);
    return Math.round(32767 * Math.max(-1, Math.min(1, value)));
  });
}

/** Four machines that differ in the speed of their shaft and in what turns on it. */
export const MACHINES = [
  { hertz: 24, blades: 5, hum: 100 },
  { hertz: 31, blades: 7, hum: 100 },
  { hertz: 40, blades: 4, hum: 120 },
  { hertz: 52, blades: 6, hum: 150 },
] as const;

export const FAULTS = ["none", "bearing", "imbalance", "leak"] as const;
export type Fault = (typeof FAULTS)[number];

/** A second of a machine: shaft, blades and hum, and what is wrong with it. */
export function machineSound(
  machine: number,
  { fault, random }: { readonly fault: Fault; readonly random: RandomStream },
): Int16Array<ArrayBuffer> {
  const { hertz, blades, hum } = MACHINES[machine];
  const between = evenly(random);
  const speed = hertz * between(0.98, 1.02);
  const tones = [
    ...[1, 2, 3, 4].map((n) => [speed * blades * n, 0.5 / n]),
    ...[1, 2, 4, 6].map((n) => [hum * n, 0.3 / n]),
  ].map(([frequency, amplitude]) => [frequency, amplitude * between(0.7, 1.3), between(0, 7)]);
  const knocks = resonance(3100, 3100, 250);
  const air = resonance(5200, 5200, 1500);
  let phase = between(0, 1);
  const clip = Float64Array.from({ length: SAMPLE_RATE }, (_, i) => {
    const t = i / SAMPLE_RATE;
    let sample = 0;
    for (const [frequency, amplitude, start] of tones) {
      sample += amplitude * Math.sin(2 * Math.PI * frequency * t + start);
    }
    const white = random(2 ** 16) / 2 ** 15 - 1;
    if (fault === "imbalance") sample *= 1 + 0.9 * Math.sin(2 * Math.PI * speed / 4 * t);
    // 3.58 knocks a turn: the outer race of a common bearing.
    phase += 3.58 * speed / 4 / SAMPLE_RATE;
    const knock = fault === "bearing" && phase >= 1 ? 60 : 0;
    if (phase >= 1) phase -= 1;
    sample += knocks(knock, 0);
    if (fault === "leak") sample += 1.5 * air(white, 0);
    return sample + 0.05 * white;
  });
  return inNoise(clip, { loudness: between(0.3, 0.6), noise: 0.002, random });
}
