// The sign-in page: autofill where there is any, and always the button.

import { assertion, can, isSupported, MISSING, NO_COOKIES, reload, say, words } from "./ceremony.js";

const REARM_AFTER = 270_000; // The challenge lapses at 300 s.
const form = document.getElementById("signin");
const button = document.getElementById("use-passkey");

const onward = form.dataset.next ? { next: form.dataset.next } : {};

let armedAt = 0;
let timer;
let isModal = false;

// Where there is something to suggest, that page comes first, and leads on.
function arrived({ next, hints }) {
  say("Signed in.", "good");
  if (!hints?.length) {
    location.assign(next);
    return;
  }
  const device = hints.includes("other_device") ? "other" : "this";
  location.assign(`${form.dataset.welcome}?${new URLSearchParams({ next, device })}`);
}

function refused(answer) {
  const isOver = answer.error === "csrf" || (answer.error === "restart" && answer.status === 401);
  if (isOver) {
    if (!reload()) say(NO_COOKIES, "bad");
    return;
  }
  say(words(answer), "bad");
}

async function arm() {
  clearTimeout(timer);
  if (!(await can("conditionalGet")) || isModal) return;
  armedAt = Date.now();
  timer = setTimeout(lapse, REARM_AFTER);
  const answer = await assertion("signin", { mediation: "conditional", extra: onward });
  if (!answer.error) return arrived(answer);
  if (answer.error === "AbortError") return;
  clearTimeout(timer);
  if (answer.error === "rate_limited") {
    timer = setTimeout(arm, (answer.wait || 60) * 1000);
    return;
  }
  if (answer.error === "NotAllowedError") {
    timer = setTimeout(lapse, REARM_AFTER);
    return;
  }
  refused(answer);
  if (answer.error === "restart" && answer.status !== 401) arm();
  if (answer.error === "passkey_rejected") arm();
}

// A hidden page is armed again when somebody returns: a passkey app covering it must not be cut off.
function lapse() {
  if (document.visibilityState === "visible") arm();
}

document.addEventListener("visibilitychange", () => {
  const isOld = Date.now() - armedAt >= REARM_AFTER;
  if (document.visibilityState === "visible" && armedAt && isOld) arm();
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) arm();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearTimeout(timer);
  isModal = true;
  button.disabled = true;
  say("Waiting for your passkey …");
  const answer = await assertion("signin", { extra: onward });
  isModal = false;
  button.disabled = false;
  if (!answer.error) return arrived(answer);
  refused(answer);
  if (answer.status !== 401) arm();
});

if (isSupported) {
  button.disabled = false;
  arm();
} else {
  say(MISSING, "bad");
}
