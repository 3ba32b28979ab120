// What goes over the wire: JSON posts with the session's token, and credentials as JSON.

const tokenHolder = document.querySelector('meta[name="csrf-token"]');

export class Refusal extends Error {
  constructor(status, data, wait) {
    super(data.error);
    this.name = "Refusal";
    this.status = status;
    this.data = data;
    this.wait = wait;
  }
}

// The token changes with the session: at sign-in and at each step-up.
export function useToken(token) {
  if (!token) return;
  tokenHolder.content = token;
  for (const field of document.querySelectorAll('input[name="csrf"]')) field.value = token;
}

export async function post(path, body = {}) {
  const answer = await fetch(path, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": tokenHolder.content },
    body: JSON.stringify(body),
  });
  const data = await answer.json().catch(() => ({ error: "unreadable" }));
  if (!answer.ok) throw new Refusal(answer.status, data, Number(answer.headers.get("Retry-After")) || 0);
  useToken(data.csrf);
  return data;
}

function bytes(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (each) => each.charCodeAt(0));
}

function text(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (each) => String.fromCharCode(each)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const withBytes = (list = []) => list.map((each) => ({ ...each, id: bytes(each.id) }));

// Browsers of before 2025 lack the conversions; what they need of them is little.
export function creationOptions(json) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) {
    return PublicKeyCredential.parseCreationOptionsFromJSON(json);
  }
  return {
    ...json,
    challenge: bytes(json.challenge),
    user: { ...json.user, id: bytes(json.user.id) },
    excludeCredentials: withBytes(json.excludeCredentials),
  };
}

export function requestOptions(json) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) {
    return PublicKeyCredential.parseRequestOptionsFromJSON(json);
  }
  return { ...json, challenge: bytes(json.challenge), allowCredentials: withBytes(json.allowCredentials) };
}

const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

export function credentialJson(credential) {
  // Some password managers replace the object with one whose toJSON raises.
  try {
    if (credential.toJSON) return credential.toJSON();
  } catch {
    // Converted by hand, below.
  }
  const response = {};
  for (const part of PARTS) {
    if (credential.response[part]) response[part] = text(credential.response[part]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}
