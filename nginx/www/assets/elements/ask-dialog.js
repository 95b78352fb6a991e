import { h, textButton } from "../lib/dom.js";
import { openDialog } from "../lib/overlays.js";
import "./form-field.js";

/**
 * Asks before something is done, and does it while the dialog is open, so that a failure is told where it happened.
 * @param {{title: string, text?: string, action: string, danger?: boolean,
 *   input?: {label: string, value?: string, type?: string, autocomplete?: string, maxlength?: number},
 *   run: (value: string) => Promise<unknown>}} question
 * @returns {Promise<boolean>} whether it was done
 */
export async function ask({ title, text, action, danger = false, input, run }) {
  let done = false;
  const field = input && h(
    "input",
    {
      class: "input",
      dir: "auto",
      required: true,
      type: input.type ?? "text",
      autocomplete: input.autocomplete ?? "off",
      maxlength: input.maxlength,
      value: input.value ?? "",
    },
  );
  const fault = h("p", { class: "notice", role: "alert", hidden: true });
  const act = h("button", { class: `button ${danger ? "button--danger" : "button--main"}` }, action);
  const cancel = textButton("Cancel", () => dialog.close());
  const submit = async (event) => {
    event.preventDefault();
    if (field && input.type !== "password" && !field.value.trim()) return;
    act.disabled = true;
    fault.hidden = true;
    try {
      await run(input?.type === "password" ? field.value : field?.value.trim());
      done = true;
      dialog.close();
    } catch (problem) {
      fault.textContent = problem.message;
      fault.hidden = false;
      act.disabled = false;
      (field ?? act).focus();
    }
  };
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "ask-title" },
    h("form", { onsubmit: submit },
      h("div", {}, h("h2", { id: "ask-title", dir: "auto" }, title), text && h("p", { dir: "auto" }, text)),
      field && h("form-field", { label: input.label }, field),
      fault,
      h("div", { class: "actions" }, cancel, act)));
  const closed = openDialog(dialog, { isLight: false });
  if (field) field.select();
  else cancel.focus(); // Enter must not delete by accident
  await closed;
  return done;
}
