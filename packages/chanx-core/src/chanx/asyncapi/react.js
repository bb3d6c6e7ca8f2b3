// Starts AsyncAPI's React component, which a script before this one brings.
const address = new URL(document.body.dataset.document, location.href);
const place = document.createElement("main");
document.body.replaceChildren(place);
globalThis.AsyncApiStandalone.render({ schema: { url: address.href, options: { method: "GET" } }, config: { show: { sidebar: true } } }, place);
