// Pages about passkeys: the list, and wherever one can be added.
//
// An element #register with buttons [data-device] adds one; its data-done is where that leads. Beside
// them a field named label and a choice named replace are read, where there are any.

import { can, isSupported, MISSING, registration, say, tell, usedHere, words } from "./ceremony.js";

const place = document.getElementById("register");
const known = document.getElementById("known-passkeys");

function entered() {
  const label = place.querySelector('[name="label"]')?.value.trim();
  const replace = place.querySelector('[name="replace"]:checked')?.value;
  return { ...(label ? { label } : {}), ...(replace ? { replace: replace === "yes" } : {}) };
}

async function add(buttons, device) {
  for (const each of buttons) each.disabled = true;
  say("Waiting for your device …");
  const answer = await registration(device, entered());
  if (!answer.error) {
    say("The passkey is stored.", "good");
    location.assign(answer.next ?? place.dataset.done);
    return;
  }
  for (const each of buttons) each.disabled = false;
  say(words(answer), "bad");
  if (answer.status === 401) location.assign(place.dataset.lost ?? "/signin");
}

async function offer() {
  if (!isSupported) {
    say(MISSING, "bad");
    return;
  }
  const buttons = place.querySelectorAll("button[data-device]");
  const noneHere = (await can("passkeyPlatformAuthenticator")) === false;
  for (const each of buttons) {
    const way = each.closest("[data-way]");
    if (way && noneHere && each.dataset.device === "this-device") way.hidden = true;
    each.disabled = false;
    each.addEventListener("click", () => add(buttons, each.dataset.device));
  }
}

function mark() {
  const ids = new Set(usedHere());
  for (const row of document.querySelectorAll("[data-credential]")) {
    if (ids.has(row.dataset.credential)) row.querySelector("[data-here]").hidden = false;
  }
}

if (place) offer();
if (known) {
  mark();
  tell({ accepted: JSON.parse(known.dataset.accepted), details: JSON.parse(known.dataset.details) });
}
