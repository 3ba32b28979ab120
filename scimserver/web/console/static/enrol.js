// The page behind an enrolment link: the secret stays in the fragment, which no server is sent,
// until somebody presses the button. A scanner that opens links uses nothing up.

import { isSupported, MISSING, say } from "./ceremony.js";

const form = document.getElementById("enrol");
const button = form.querySelector('button[type="submit"]');
const secret = location.hash.slice(1);

history.replaceState(null, "", location.pathname + location.search);

if (!isSupported) {
  say(MISSING, "bad");
} else if (!secret) {
  say("This address is incomplete. Open the link again, whole, as you were given it.", "bad");
} else {
  form.elements.token.value = secret;
  button.disabled = false;
}
