/** When to ask the server again: on TensorBoard's reload, by our own clock, never while hidden. */
import { computed, effect, signal } from "@preact/signals";
import { answers } from "./api";
import { isLive } from "./catalog";
import { choice } from "./codec";
import { onDataReloaded } from "./ipc";
import { catalog, refresh, runs } from "./state";
import { setting } from "./view";

export type Poll = "auto" | "off" | "5" | "30";

/** How often to look for new records; "auto": while a shown run is live, or there is none yet. */
export const poll = setting<Poll>("poll", choice(["auto", "off", "5", "30"]), "auto");

const AUTO_SECONDS = 30;
const CLOCK_MS = 15_000; // how soon a run that stopped writing is no longer marked live

/** Unix seconds, moving on while the page is visible. */
export const now = signal(Date.now() / 1000);
/** Whether a person can see the page. */
export const visible = signal(true);

export const liveRuns = computed(
  () =>
    new Set(
      lookedAt()
        .filter((run) => isLive(run, now.value))
        .map(({ run }) => run),
    ),
);

/** A report's runs write nothing more into it. */
const lookedAt = () => (answers().live ? (catalog.value?.runs ?? []) : []);

const pollSeconds = computed(() => {
  if (!answers().live) return 0;
  if (poll.value !== "auto") return poll.value === "off" ? 0 : Number(poll.value);
  const empty = catalog.value?.runs.length === 0;
  return empty || runs.value.some((run) => liveRuns.value.has(run)) ? AUTO_SECONDS : 0;
});

let missedReload = false;

/** Keeps the page fresh from now on; returns what ends it. */
export function keepFresh(): () => void {
  const ends = [watchVisibility(), onDataReloaded(reload), pollEffect(), clockEffect()];
  return () => {
    for (const end of ends) end();
  };
}

function reload(): void {
  if (visible.peek()) void refresh();
  else missedReload = true;
}

function pollEffect(): () => void {
  return effect(() => {
    if (!visible.value || pollSeconds.value === 0) return;
    const timer = setInterval(() => void refresh(), pollSeconds.value * 1000);
    return () => clearInterval(timer);
  });
}

function clockEffect(): () => void {
  return effect(() => {
    if (!visible.value) return;
    const tick = () => {
      now.value = Date.now() / 1000;
    };
    tick();
    const timer = setInterval(tick, CLOCK_MS);
    return () => clearInterval(timer);
  });
}

/** TensorBoard hides a plugin's iframe by giving it no height, other hosts by display: none. */
function watchVisibility(): () => void {
  const update = () => {
    const seen = document.visibilityState === "visible" && window.innerHeight > 0;
    const returns = seen && !visible.peek();
    visible.value = seen;
    if (returns && (missedReload || pollSeconds.peek() > 0)) {
      missedReload = false;
      void refresh();
    }
  };
  document.addEventListener("visibilitychange", update);
  window.addEventListener("resize", update);
  update();
  return () => {
    document.removeEventListener("visibilitychange", update);
    window.removeEventListener("resize", update);
  };
}
