/** Panning by dragging. */

const DRAG_FROM = 4; // pixels: less is a click

/** Moves the picture under the pointer while a button is held. */
export class Drag {
  moved = false;
  #from: { x: number; y: number; left: number; top: number } | null = null;
  readonly #scroller: HTMLElement;

  constructor(scroller: HTMLElement) {
    this.#scroller = scroller;
  }

  begin({ clientX, clientY, button }: PointerEvent): void {
    if (button !== 0) return;
    const { scrollLeft, scrollTop } = this.#scroller;
    this.#from = { x: clientX, y: clientY, left: scrollLeft, top: scrollTop };
    this.moved = false;
  }

  /** Returns whether a drag is under way. */
  move({ clientX, clientY, pointerId, target }: PointerEvent): boolean {
    if (!this.#from) return false;
    const [right, down] = [clientX - this.#from.x, clientY - this.#from.y];
    if (!this.moved && Math.hypot(right, down) < DRAG_FROM) return false;
    if (!this.moved) (target as Element).setPointerCapture(pointerId);
    this.moved = true;
    this.#scroller.scrollTo(this.#from.left - right, this.#from.top - down);
    return true;
  }

  end(): void {
    this.#from = null;
  }
}
