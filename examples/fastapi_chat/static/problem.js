// What went wrong, in words for a person.

/** Why something was not done: `fields` has `{loc, msg}` for each value that is wrong. */
export class Problem extends Error {
  constructor(detail, fields = []) {
    super(detail);
    this.fields = fields;
  }
}

const WORDINGS = {
  ConnectionClosed: "Not connected: this was not sent.",
  FrameTooLarge: "This is too long.",
  NotConnected: "Not connected: this was not sent.",
  TimedOut: "The server does not answer.",
};

/** What a form shows of an error, those of the client (`client/`) among them. */
export function problemOf(error) {
  if (error instanceof Problem) return error;
  if (error.name === "Refused") {
    const { detail, errors } = error.reply.payload;
    return new Problem(detail, errors ?? []);
  }
  if (error.name === "ConnectionLost")
    return new Problem(
      error.sent
        ? "The connection broke before an answer came."
        : "The connection broke before this was sent.",
    );
  if (error.name in WORDINGS) return new Problem(WORDINGS[error.name]);
  throw error;
}
