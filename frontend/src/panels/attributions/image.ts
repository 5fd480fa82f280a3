/** What draws images: the film strip. Its parts are in this folder, since it was here first. */
export { csv } from "./csv";
export { FilmStrip as Main } from "./FilmStrip";
export { FilmStripControls as Controls } from "./FilmStripControls";
export { png } from "./png";
export { TileDetail as Detail } from "./TileDetail";
