/// <reference lib="deno.worker" />
import { answerMessages } from "../threads.ts";
import { teamMember } from "./team_member.ts";

answerMessages(teamMember());
