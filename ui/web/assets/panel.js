// The opened words are brought into view, inside the panel where it scrolls by itself, else on the page.
watch("value", () => {
  const mark = element.querySelector("#opened");
  if (!mark) {
    element.scrollIntoView({ block: "nearest" });
    return;
  }
  mark.scrollIntoView({ block: "center" });
  mark.focus({ preventScroll: true });
});

// On narrow screens the panel lies below the conversation: back to the button that opened it.
element.addEventListener("click", (event) => {
  if (!event.target.closest("[data-back]")) return;
  const opener = document.querySelector("[data-current]");
  if (!opener) return;
  opener.scrollIntoView({ block: "center" });
  opener.focus({ preventScroll: true });
});
