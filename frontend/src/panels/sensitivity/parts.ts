/** What draws the panel; fetched when it is first opened. */
export { Controls } from "./Controls";
export { Detail } from "./Detail";
export { Main } from "./Main";
