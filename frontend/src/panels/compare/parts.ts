/** What draws the panel; fetched when it is first opened. */
export { Controls } from "./Controls";
export { csv } from "./csv";
export { Detail } from "./Detail";
export { Main } from "./Main";
export { places } from "./model";
export { png } from "./png";
export { default as style } from "./style.css";
