// The admin pages' own script: the language switch of the top bar, and the focus of scrolling tables.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-adm-language]");
  if (!button) return;
  button.disabled = true;
  const reply = await fetch("/api/language", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ language: button.dataset.admLanguage }),
  });
  if (reply.ok) location.reload();
  else button.disabled = false;
});
