/** To come with the panel. */
export function Main() {
  return null;
}
