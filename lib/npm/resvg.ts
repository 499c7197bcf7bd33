// By its whole name: a script in another folder has no import map for what it imports by path.
export * from "npm:@resvg/resvg-js@2.6.2";
