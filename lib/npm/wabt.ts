// By its whole name: a script in another folder has no import map for what it imports by path.
export { default } from "npm:wabt@1.0.39";
