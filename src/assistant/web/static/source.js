// The source viewer: go back to the answer that led here, and bring the cited words into view.

const back = document.getElementById("back");
if (document.referrer && new URL(document.referrer).origin === location.origin) {
  back.addEventListener("click", (event) => {
    event.preventDefault();
    history.back();
  });
}
document.querySelector("mark")?.scrollIntoView({ block: "center" });
