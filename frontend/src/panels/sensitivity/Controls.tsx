/** To come with the panel. */
export function Controls() {
  return null;
}
