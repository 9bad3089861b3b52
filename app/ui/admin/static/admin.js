// Language switch in the top bar of the admin pages.

import { inSite } from "./site.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-adm-language]");
  if (!button) return;
  button.disabled = true;
  const reply = await fetch(inSite("/api/language"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ language: button.dataset.admLanguage }),
  });
  if (reply.ok) location.reload();
  else button.disabled = false;
});
