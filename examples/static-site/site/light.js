// Asks for the value each second. The browser keeps the last answer and its tag, so an unchanged value is a 304.
const output = document.getElementById("light");

async function show() {
  try {
    const response = await fetch("/light", { cache: "no-cache" });
    output.textContent = response.ok ? await response.text() : "not known: " + response.status;
  } catch (error) {
    output.textContent = "not known: the board does not answer";
  }
  setTimeout(show, 1000);
}

show();
