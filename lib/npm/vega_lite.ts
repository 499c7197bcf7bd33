// By its whole name: a script in another folder has no import map for what it imports by path.
export * from "npm:vega-lite@6.5.0";
