/** Colours code away from the page: highlight.js with all languages is 850 KB. */
import "/vendor/highlight.js/highlight.min.js";
import { tokensOf } from "./highlight-tokens.js";

// Debian 12 has version 9, whose only word about that would be on everybody's console.
self.hljs.configure({ hideUpgradeWarningAcceptNoSupportOrSecurityUpdates: true });

self.addEventListener("message", ({ data: { code, language } }) => self.postMessage({ tokens: coloured(code, language) }));
self.postMessage("ready");

function coloured(code, language) {
  try {
    if (!self.hljs.getLanguage(language)) return null;
    return tokensOf(self.hljs.highlight(language, code, true).value);
  } catch {
    return null; // plain code is fine
  }
}
