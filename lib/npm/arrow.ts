// By its whole name: a script in another folder has no import map for what it imports by path.
export * from "npm:apache-arrow@21.2.0/Arrow";
