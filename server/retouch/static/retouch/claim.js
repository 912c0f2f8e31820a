// Claim an unclaimed submission when its page is opened, so that a reload continues the work.
document.getElementById("claim")?.requestSubmit();
