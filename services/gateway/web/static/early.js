// Before the page is drawn: styles know that scripts run.
document.documentElement.classList.add("js");
