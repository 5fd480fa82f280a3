/** Entry point: TensorBoard's plugin_entry.html imports this module and calls `render()`. */
export function render(): void {
  document.body.textContent = "tb-explain";
}
