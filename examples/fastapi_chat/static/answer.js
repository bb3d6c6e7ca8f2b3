// An answer of the assistant, which grows word by word and can be stopped.

import { clone } from "./message.js";
import { problemOf } from "./problem.js";

/**
 * Asks, and shows the answer in the log from its first word on.
 *
 * Returns when the answer has ended, and fails as requests do if none began.
 */
export async function ask(question, client, log) {
  const element = clone("answer-template");
  const find = (selector) => element.querySelector(selector);
  find(".question").textContent = question;
  element.ariaBusy = "true"; // to be read out as a whole, not word by word
  const answer = client.ask({ text: question });
  find(".stop").addEventListener("click", () => {
    find(".stop").disabled = true;
    client.stop.result(); // what comes of it is the answer's end
  });
  try {
    for await (const { payload: word } of answer) {
      log.extend(() => {
        find(".text").append(word);
        if (!element.isConnected) log.append(element);
      });
    }
    const { payload } = await answer.end;
    if (payload === "stopped") find(".note").textContent = "You stopped the answer here.";
  } catch (error) {
    if (!element.isConnected) throw error;
    find(".problem").textContent = problemOf(error).message;
  } finally {
    find(".stop").hidden = true;
    element.ariaBusy = "false";
  }
}
