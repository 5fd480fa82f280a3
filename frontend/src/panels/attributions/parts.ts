/** What draws the panel; fetched when it is first opened. */
import list from "./list.css";
import { SPACE_PARTS } from "./spaces";
import own from "./style.css";
import { viewStyle } from "./views";

export { Controls, csv, Detail, Main, png } from "./Shown";

const spaces = Object.values(SPACE_PARTS).map((parts) => parts.style ?? "");

export const style = [own, list, viewStyle, ...spaces].join("");
