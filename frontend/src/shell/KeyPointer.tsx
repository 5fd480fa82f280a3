/** Where the keys point on a canvas, and, to screen readers, what is there. */
import { pointer, told } from "../ui/pointed";

export function KeyPointer() {
  const at = pointer.value;
  return (
    <>
      {at && (
        <i class="key-pointer" aria-hidden="true" style={{ left: `${at.x}px`, top: `${at.y}px` }} />
      )}
      <p class="unseen" role="status" data-testid="told">
        {told.value}
      </p>
    </>
  );
}
