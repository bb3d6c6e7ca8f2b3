// Errors of the server, shown beside the fields that they are about.

import { Problem, problemOf } from "./problem.js";

/** Says for a person what is wrong with a value; `type` is one of pydantic's error types. */
function wording({ type, msg }) {
  if (type === "string_too_short" || type === "missing") return "This must not be empty.";
  return msg.replace("String should have", "Use");
}

/** Removes what showProblems showed. */
export function clearProblems(form) {
  for (const place of form.querySelectorAll(".problem")) place.textContent = "";
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

/** Shows why a request failed: at each field that it names, or at the form's first field. */
export function showProblems(form, error) {
  const problem = problemOf(error);
  const fields = problem.fields.length ? problem.fields : [{ loc: [], msg: problem.message }];
  for (const field of fields) {
    const name = String(field.loc.at(-1));
    const place =
      form.querySelector(`.problem[data-for="${CSS.escape(name)}"]`) ?? form.querySelector(".problem");
    place.textContent = wording(field);
    form.elements[place.dataset.for]?.setAttribute("aria-invalid", "true");
  }
  form.querySelector("[aria-invalid]")?.focus();
}

/** Posts JSON; fails with a Problem. */
export async function post(url, body) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Problem("The server cannot be reached.");
  }
  if (response.ok) return;
  const { detail } = await response.json().catch(() => ({}));
  if (Array.isArray(detail)) throw new Problem("", detail);
  throw new Problem(detail ?? "The server failed. Try again later.");
}
