// The secret is behind the # of the address, where no server and no log sees it.
"use strict";

const secret = window.location.hash.slice(1);
if (secret) {
  history.replaceState(null, "", window.location.pathname);
  const form = document.getElementById("invitation");
  form.elements.secret.value = secret;
  form.requestSubmit();
}
