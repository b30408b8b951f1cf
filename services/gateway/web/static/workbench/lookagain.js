/**
 * A page that has nothing to show looks again by itself, while somebody looks at it.
 */

const place = document.getElementById("look-again");

setInterval(() => {
  if (!document.hidden) window.location.reload();
}, Number(place?.dataset.seconds ?? 60) * 1000);
