/** A run's name on one line; where it is too long its beginning goes, since ends tell apart. */
export function RunName({ run }: { readonly run: string }) {
  return (
    <span class="clip-start" title={run}>
      <bdi dir="ltr">{run}</bdi>
    </span>
  );
}
