/** Makes the document itself the source of all answers. */
import { answerFrom } from "../api";
import { embeddedSource } from "./embedded";

answerFrom(embeddedSource(() => document.getElementById("tb-explain-data")?.textContent ?? ""));
