/** What draws attributions of tables; made like a panel's parts.ts. */
export { Controls } from "./Controls";
export { csv } from "./csv";
export { Detail } from "./Detail";
export { Main } from "./Main";
export { png } from "./png";
export { default as style } from "./style.css";
