// By its whole name: a script in another folder has no import map for what it imports by path.
export { decode, encode } from "npm:jpeg-js@0.4.4";
