/** What draws attributions of tables; made like a panel's parts.ts. */
export { Controls } from "./Controls";
export { Detail } from "./Detail";
export { Main } from "./Main";
