// A page that nobody has claimed is claimed when it is opened, so that a reload goes on where it was.
document.getElementById("claim")?.requestSubmit();
