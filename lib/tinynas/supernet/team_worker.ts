/// <reference lib="deno.worker" />
import { answerMessages } from "../threads.ts";
import { teamMember } from "./team.ts";

answerMessages(teamMember().run);
