/** A file of its own in the build, fetched when the first term is shown. */
export { default } from "./entries.json";
