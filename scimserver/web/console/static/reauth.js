// Asks for the passkey again, then sends the form that was waiting, or opens the page that was.

import { assertion, isSupported, MISSING, say, words } from "./ceremony.js";

const form = document.getElementById("repeat");
const button = document.getElementById("reauth");

button.addEventListener("click", async () => {
  button.disabled = true;
  say("Waiting for your passkey …");
  const answer = await assertion("reauth");
  if (!answer.error) {
    if (form.dataset.next) location.replace(form.dataset.next);
    else form.submit();
    return;
  }
  button.disabled = false;
  // The session is gone: whoever signs in again is fresh, and is led back.
  if (answer.status === 401) location.assign(`/signin?${new URLSearchParams({ next: form.dataset.back })}`);
  say(words(answer), "bad");
});

if (isSupported) button.disabled = false;
else say(MISSING, "bad");
