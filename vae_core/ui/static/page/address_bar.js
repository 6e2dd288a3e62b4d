// The address of the page holds the tab that is open and the form's settings: a reload finds both again, also the one that Gradio makes
// when a connection that was lost is back.

/** The parameters as they are, those alone of which `stays` (name) says so. */
function parameters(stays = () => true) {
  return new URLSearchParams([...new URLSearchParams(location.search)].filter(([name]) => stays(name)));
}

const write = (wanted) => history.replaceState(history.state, "", `?${wanted}`);

/** Put settings, a query string, in the place of whatever was there; what begins with __ is Gradio's own. */
function writeSettings(query) {
  const wanted = parameters((name) => name.startsWith("__") || name === "tab");
  for (const [name, value] of new URLSearchParams(query)) wanted.append(name, value);
  write(wanted);
}

document.addEventListener("click", ({ target }) => {
  const { tabId } = target.closest?.("[role=tab][data-tab-id]")?.dataset ?? {};
  if (!tabId) return;
  const wanted = parameters();
  wanted.set("tab", tabId);
  write(wanted);
});

export function mount({ props, watch }) {
  watch("query", () => typeof props.query === "string" && writeSettings(props.query));
}
