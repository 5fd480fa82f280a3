/** What draws the panel; fetched when it is first opened. */
import { SPACE_PARTS } from "./spaces";
import own from "./style.css";

export { Controls, csv, Detail, Main, png } from "./Shown";

export const style = [own, ...Object.values(SPACE_PARTS).map((parts) => parts.style ?? "")].join(
  "",
);
