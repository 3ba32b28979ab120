"""A tab of a real browser with an authenticator of its own (T6).

    tab.open("/signin")
    tab.page.get_by_role("button", name="Sign in with a passkey").click()

With automatic presence the authenticator answers at once, autofill included: an armed page signs
the test in (T7). ``tab.absent()`` has it wait, ``tab.present()`` has it answer what is asked next.
"""

import re

from playwright.sync_api import expect

INTERNAL = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
    "defaultBackupEligibility": True,
    "defaultBackupState": True,
}
SECURITY_KEY = INTERNAL | {
    "transport": "usb",
    "defaultBackupEligibility": False,
    "defaultBackupState": False,
}
PLAIN_REFUSALS = "Failed to load resource: the server responded with a status of 4"


# Says when a page has asked its authenticator: only then may presence change, or it answers (T7).
_COUNTING = """
window.asked = 0;
const real = CredentialsContainer.prototype.get;
CredentialsContainer.prototype.get = function (...wanted) {
  const answer = real.apply(this, wanted);
  window.asked += 1;
  return answer;
};
"""


class Tab:
    """One tab. ``said`` is what its console holds: whatever the CSP blocks stands there.

    ``status`` is that of the page it shows.
    """

    def __init__(self, context, origin, authenticator=INTERNAL):
        self.context = context
        self.origin = origin
        self.page = context.new_page()
        self.page.add_init_script(_COUNTING)
        self.said = []
        self.status = None
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("response", self._note)
        self.cdp = context.new_cdp_session(self.page)
        self.cdp.send("WebAuthn.enable")
        self.authenticator = self.plug_in(authenticator)

    def _note(self, response):
        if response.request.is_navigation_request():
            self.status = response.status

    def plug_in(self, options):
        """Add an authenticator and return its id."""
        added = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return added["authenticatorId"]

    def _tell(self, command, **arguments):
        return self.cdp.send(
            f"WebAuthn.{command}", {"authenticatorId": self.authenticator, **arguments}
        )

    def present(self):
        """Have somebody sit at the authenticator, for whatever is asked from now on."""
        self._tell("setAutomaticPresenceSimulation", enabled=True)

    def absent(self):
        """Have nobody sit there: what is asked from now on stays open."""
        self._tell("setAutomaticPresenceSimulation", enabled=False)

    def lie(self, **bits):
        """Falsify the answers: isBogusSignature, isBadUV, isBadUP (T12)."""
        self._tell("setResponseOverrideBits", **bits)

    def take(self, credential):
        """Have the authenticator hold a passkey that is stored already."""
        self._tell("addCredential", credential=credential)

    @property
    def held(self):
        """The ids of the passkeys that the authenticator holds."""
        found = self._tell("getCredentials")["credentials"]
        return {each["credentialId"] for each in found}

    def open(self, path):
        """Load a page of the site."""
        return self.page.goto(path if path.startswith("http") else self.origin + path)

    def press(self, name):
        """Press the button of that name."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name):
        """Follow the link of that name."""
        self.page.get_by_role("link", name=name, exact=True).click()

    def shows(self, heading):
        """Wait for a page by its heading."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    def tells(self, text):
        """Wait for the page's word on its ceremony."""
        expect(self.page.locator("#status")).to_have_text(text)

    def is_at(self, path):
        """Wait for an address, whatever its query."""
        expect(self.page).to_have_url(re.compile(rf"^{re.escape(self.origin + path)}(\?.*)?$"))

    def asks(self, times=1):
        """Wait until the page has asked the authenticator so many times since it was loaded."""
        while self.evaluate("window.asked") < times:
            self.page.wait_for_timeout(20)

    def answers_once(self, ceremony, meanwhile=lambda: None):
        """Have one answer of the authenticator reach the server, and none after it.

        ``meanwhile`` happens between the prompt and the verification.
        """

        def answered(route):
            self.absent()
            meanwhile()
            route.continue_()

        self.page.route(f"**/passkeys/{ceremony}/verify", answered, times=1)
        self.present()

    def evaluate(self, expression):
        """Return what an expression comes to; unlike Playwright's own, the CSP stays on (T8)."""
        wanted = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        answer = self.cdp.send("Runtime.evaluate", wanted)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    @property
    def complaints(self):
        """What the console holds but that a ceremony was refused, which the page itself tells."""
        return [each for each in self.said if not each.startswith(PLAIN_REFUSALS)]
