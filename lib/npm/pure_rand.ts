// By its whole name: a script in another folder has no import map for what it imports by path.
export { uniformFloat64 } from "npm:pure-rand@8.4.2/distribution/uniformFloat64";
export { uniformInt } from "npm:pure-rand@8.4.2/distribution/uniformInt";
export { xoroshiro128plus } from "npm:pure-rand@8.4.2/generator/xoroshiro128plus";
export type { RandomGenerator } from "npm:pure-rand@8.4.2/types/RandomGenerator";
