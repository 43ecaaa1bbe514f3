"use strict";
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem("yiju-report-language"); } catch { /* a browser that keeps nothing */ }
  const language = chosen === "zh" || chosen === "en" ? chosen : /^zh\b/i.test(navigator.language || "zh") ? "zh" : "en";
  document.documentElement.dataset.lang = language;
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.documentElement.classList.add("live");
})();
