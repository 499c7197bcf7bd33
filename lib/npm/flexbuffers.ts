// By its whole name: a script in another folder has no import map for what it imports by path.
export { encode, toReference } from "npm:flatbuffers@25.9.23/js/flexbuffers.js";
