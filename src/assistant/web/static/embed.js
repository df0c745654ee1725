// The embed page: builds the snippet from the options and shows the widget as it will be.
const form = document.getElementById("options");
const snippet = document.getElementById("snippet");
const preview = document.getElementById("preview");
const copied = document.getElementById("copied");

function draw() {
  const { mode, lang, theme, accent } = Object.fromEntries(new FormData(form));
  const plain = accent === "#0b5c63";
  const data = [["mode", mode], ["lang", lang], ["theme", theme], ["accent", plain ? "" : accent]].filter(([, v]) => v);
  snippet.textContent = `<script src="${snippet.dataset.origin}/widget.js" ${data.map(([k, v]) => `data-${k}="${v}"`).join(" ")} defer></script>`;
  const element = document.createElement("procurement-assistant");
  element.setAttribute("mode", mode);
  if (lang) element.setAttribute("lang", lang);
  if (theme) element.setAttribute("theme", theme);
  if (!plain) element.style.setProperty("--assistant-accent", accent);
  preview.replaceChildren(element);
  document.getElementById("preview").classList.toggle("floating", mode === "panel");
}

document.getElementById("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(snippet.textContent);
    copied.textContent = "Copied";
  } catch {
    copied.textContent = "Copying is not allowed here; select the line instead.";
  }
});
form.addEventListener("input", draw);
draw();
