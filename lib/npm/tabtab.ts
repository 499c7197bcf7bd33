// By its whole name: a script in another folder has no import map for what it imports by path.
export {
  getCompletionScript,
  getShellFromEnv,
  isShellSupported,
  log,
  logFiles,
} from "npm:@pnpm/tabtab@0.5.4";
