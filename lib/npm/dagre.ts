// By its whole name: a script in another folder has no import map for what it imports by path.
export * from "npm:@dagrejs/dagre@3.1.3";
