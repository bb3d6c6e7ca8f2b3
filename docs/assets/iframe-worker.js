// From a file, browsers start no worker, which the search runs in: a hidden frame stands for it.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      const text = (code) => `<script>${code}<\/script>`;
      // What the worker's script calls is to reach this object and not the frame itself.
      frame.srcdoc =
        text("self.postMessage = (data) => frameElement.worker.tell(data);") +
        `<script src="${new URL(url, document.baseURI)}"><\/script>`;
      frame.worker = this;
      this.ready = new Promise((done) => frame.addEventListener("load", done, { once: true }));
      this.frame = frame;
      const add = () => document.body.append(frame);
      if (document.body) add();
      else addEventListener("DOMContentLoaded", add, { once: true });
    }

    tell(data) {
      this.dispatchEvent(new MessageEvent("message", { data }));
    }

    postMessage(data) {
      this.ready.then(() => {
        const { contentWindow } = this.frame;
        contentWindow.dispatchEvent(new contentWindow.MessageEvent("message", { data }));
      });
    }

    terminate() {
      this.frame.remove();
    }
  };
}
