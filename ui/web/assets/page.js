// Runs once, when the page loads.
document.documentElement.lang = "zh-CN";

// Enter that confirms a word in a Chinese input method must not submit the question; Gradio's text box does not look.
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.stopImmediatePropagation();
  },
  true,
);
