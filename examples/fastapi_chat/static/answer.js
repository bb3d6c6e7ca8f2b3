// An answer of the assistant, which grows word by word and can be stopped.

import { clone } from "./message.js";

/**
 * Asks, and shows the answer in the log from its first word on.
 *
 * Returns when the answer has ended, and fails with a RequestError if none began.
 */
export async function ask(question, connection, log) {
  const element = clone("answer-template");
  const find = (selector) => element.querySelector(selector);
  find(".question").textContent = question;
  element.ariaBusy = "true"; // to be read out as a whole, not word by word
  find(".stop").addEventListener("click", () => {
    find(".stop").disabled = true;
    connection.send("stop");
  });
  try {
    const { payload } = await connection.request("ask", { text: question }, (reply) => {
      if (reply.action === "answer_end") return true;
      log.extend(() => {
        find(".text").append(reply.payload);
        if (!element.isConnected) log.append(element);
      });
      return false;
    });
    if (payload === "stopped") find(".note").textContent = "You stopped the answer here.";
  } catch (error) {
    if (!element.isConnected) throw error;
    find(".problem").textContent = error.message;
  } finally {
    find(".stop").hidden = true;
    element.ariaBusy = "false";
  }
}
