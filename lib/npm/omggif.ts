// By its whole name: a script in another folder has no import map for what it imports by path.
// @ts-types="./omggif.d.ts"
export { GifReader } from "npm:omggif@1.0.10";
