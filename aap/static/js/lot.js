/* An act on many dossiers goes on: its page is read again every three seconds while it is seen.
   <div data-suivre>. Without this file a link does the same. */
"use strict";

(() => {
  if (!document.querySelector("[data-suivre]")) return;
  setInterval(() => {
    if (document.visibilityState === "visible") location.reload();
  }, 3000);
})();
