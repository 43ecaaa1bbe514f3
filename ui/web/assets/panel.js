// The opened words are brought into view, inside the panel where it scrolls by itself; on narrow screens the panel is a
// sheet over the conversation, and the way back is its button, Escape, or the browser's own.
const sheet = document.getElementById("yj-panel");
const side = document.getElementById("yj-side");
const narrow = window.matchMedia("(max-width: 900px)");

watch("value", () => {
  const opener = document.querySelector("[data-current]");
  if (!element.querySelector("[data-back]") && !element.querySelector(".yj-error")) {
    side.removeAttribute("data-sheet"); // a new conversation: nothing is open
    return;
  }
  const asked = opener?.dataset.current === "asked";
  if (asked && narrow.matches && !side.hasAttribute("data-sheet")) {
    side.setAttribute("data-sheet", "");
    window.history.pushState({ sheet: true }, "");
  }
  const mark = element.querySelector("#opened");
  if (!mark) return;
  const above = element.querySelector(".yj-about").offsetHeight; // stays over the text
  const place = mark.getBoundingClientRect().top - sheet.getBoundingClientRect().top - above;
  sheet.scrollTop += place - (sheet.clientHeight - above) / 4;
  if (asked) mark.focus({ preventScroll: true });
});

const back = () => {
  if (!side.hasAttribute("data-sheet")) return;
  side.removeAttribute("data-sheet");
  const opener = document.querySelector("[data-current]");
  opener?.scrollIntoView({ block: "nearest" });
  opener?.focus({ preventScroll: true });
};
window.addEventListener("popstate", back);
element.addEventListener("click", (event) => {
  if (event.target.closest("[data-back]")) window.history.back();
});
side.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && side.hasAttribute("data-sheet")) window.history.back();
});
