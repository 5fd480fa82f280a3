/** What draws attributions of texts; made like a panel's parts.ts. */
export { Controls } from "./Controls";
export { csv } from "./csv";
export { Detail } from "./Detail";
export { Main } from "./Main";
export { png } from "./png";
