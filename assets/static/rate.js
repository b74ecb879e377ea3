// The page behind a link in a message. The token stands behind the #, and nothing is written until
// somebody clicks. The name is kept in this page alone: links are forwarded, and so is their token.
const note = document.getElementById("note");

function show() {
  const token = location.hash.slice(1);
  const place = document.getElementById("thumbs");
  place.replaceChildren();
  if (!token.startsWith("twm1.")) {
    note.textContent = "This link is not complete. Please open it again from the message.";
    return;
  }
  const thumbs = document.createElement("thumbs-feedback");
  thumbs.setAttribute("token", token);
  place.append(thumbs);
  note.textContent = "";
}

document.addEventListener("thumbs-saved", (event) => {
  note.textContent = event.detail.value ? "Thank you. You may close this page." : "It was taken back.";
});
document.addEventListener("thumbs-error", (event) => {
  const over = event.detail.code === "expired_token" || event.detail.code === "invalid_token";
  note.textContent = over ? "This link is not valid any more." : "It could not be saved.";
});
addEventListener("hashchange", show);
show();
