/** To come with the panel. */
export function Detail() {
  return null;
}
