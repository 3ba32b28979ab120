// One ceremony at a time: options from the server, an answer of the authenticator, its verification.

import { creationOptions, credentialJson, post, requestOptions } from "./wire.js";

const USED = "passkeys-used-here";
const RELOADED = "reloaded-at";
const RELOAD_PAUSE = 10_000;

export const isSupported = Boolean(window.PublicKeyCredential && navigator.credentials);

// Read once; undefined means that the browser does not say.
const capabilities = (async () => {
  if (!isSupported) return {};
  const told = await PublicKeyCredential.getClientCapabilities?.().catch(() => undefined);
  if (told) return told;
  const [conditionalGet, passkeyPlatformAuthenticator] = await Promise.all([
    PublicKeyCredential.isConditionalMediationAvailable?.().catch(() => false) ?? false,
    PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable?.().catch(() => undefined),
  ]);
  return { conditionalGet, passkeyPlatformAuthenticator };
})();

export async function can(name) {
  return (await capabilities)[name];
}

let controller = null;
let queue = Promise.resolve();

function begin() {
  controller?.abort();
  controller = new AbortController();
  return controller.signal;
}

// One after the other: a late request would supersede a newer attempt.
function options(kind, body) {
  const turn = queue.catch(() => {}).then(() => post(`/passkeys/${kind}/options`, body));
  queue = turn;
  return turn;
}

// What password managers know of our passkeys is brought up to date; none of it may fail a ceremony.
async function signal(name, argument) {
  if (!isSupported || !argument || !PublicKeyCredential[name]) return;
  await Promise.resolve(PublicKeyCredential[name](argument)).catch(() => {});
}

export async function tell({ accepted, details }) {
  await signal("signalAllAcceptedCredentials", accepted);
  await signal("signalCurrentUserDetails", details);
}

export function usedHere() {
  try {
    const kept = JSON.parse(localStorage.getItem(USED) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

function keep(id) {
  try {
    localStorage.setItem(USED, JSON.stringify([...new Set([...usedHere(), id])].slice(-50)));
  } catch {
    // Without storage the list of passkeys says less, and nothing else changes.
  }
}

async function run(kind, ask, { body, extra } = {}) {
  const abort = begin();
  let start;
  let credential;
  try {
    start = await options(kind, body);
    abort.throwIfAborted();
    credential = await ask(start.publicKey, abort);
    const sent = { ceremony: start.ceremony, credential: credentialJson(credential), ...extra };
    const answer = await post(`/passkeys/${kind}/verify`, sent);
    keep(credential.id);
    await tell(answer);
    return answer;
  } catch (failure) {
    if (failure.data?.unknownCredential) {
      await signal("signalUnknownCredential", { rpId: start.publicKey.rpId, credentialId: credential.id });
    }
    return { error: failure.data?.error ?? failure.name, status: failure.status, wait: failure.wait };
  }
}

// mediation: "conditional" for autofill, nothing for a button. extra: what the verification is told beside.
export function assertion(kind, { mediation, extra } = {}) {
  const ask = (json, abort) =>
    navigator.credentials.get({ publicKey: requestOptions(json), signal: abort, mediation });
  return run(kind, ask, { extra });
}

// device: "this-device", "security-key" or "", which leaves the choice to the browser.
export async function registration(device, extra) {
  const ask = (json, abort) => navigator.credentials.create({ publicKey: creationOptions(json), signal: abort });
  const make = () => run("register", ask, { body: device ? { device } : {}, extra });
  const made = await make();
  if (made.error !== "reauth") return made;
  const again = await assertion("reauth");
  return again.error ? again : make();
}

const TEXTS = {
  InvalidStateError: "This device already has a passkey for you.",
  NotAllowedError: "Cancelled or timed out. You can try again.",
  AbortError: "",
  SecurityError: "Passkeys do not work at this address. Ask your administrator.",
  NotSupportedError: "This device cannot make the kind of passkey that is needed here.",
  ConstraintError: "This device cannot ask who you are. Set up a screen lock or a PIN first.",
  TypeError: "The server could not be reached. Check your connection and try again.",
  restart: "That took too long or was interrupted. Please try again.",
  passkey_rejected: "That passkey was not accepted. Try again, or use another one.",
  sign_in: "You are not signed in any more. Sign in again.",
  reauth: "Your passkey is needed once more for this.",
  sso_required: "Your organization signs in at its identity provider. Passkeys are not accepted.",
  csrf: "This page is out of date. Load it again.",
  link_invalid: "This link opens nothing any more. Ask for a new one.",
  last_passkey: "This is your last passkey.",
};

export function words({ error, wait }) {
  if (error === "rate_limited") return `Too many attempts. Try again in ${wait || 60} seconds.`;
  return TEXTS[error] ?? "Something went wrong. Please try again.";
}

export function say(text, kind = "") {
  const place = document.getElementById("status");
  place.textContent = text;
  place.className = `status ${kind}`.trim();
}

// Without a session the page must be loaded again, but not for ever where cookies are refused.
export function reload() {
  try {
    const last = Number(sessionStorage.getItem(RELOADED));
    if (Date.now() - last < RELOAD_PAUSE) return false;
    sessionStorage.setItem(RELOADED, String(Date.now()));
  } catch {
    return false;
  }
  location.reload();
  return true;
}

export const NO_COOKIES = "Your browser keeps no cookies for this site. Allow them and load the page again.";
export const MISSING = "This browser offers no passkeys here. Use a current browser, or one of the other ways below.";
