// By its whole name: a script in another folder has no import map for what it imports by path.
// @ts-types="./parse_args.d.ts"
export { parseArgs } from "npm:deno-std@1.3.1/cli/parse_args.js";
