// By its whole name: a script in another folder has no import map for what it imports by path.
export * from "npm:vega@6.4.0";
