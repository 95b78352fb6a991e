import { conversations } from "../lib/conversations.js";
import { go } from "../lib/dom.js";
import { toast } from "./toast.js";

/**
 * Deletes a conversation and offers to undo it. Whoever looks at it comes to a new one, and back with the undoing.
 * @returns {Promise<boolean>} whether it was deleted
 */
export async function removeConversation({ id, title }) {
  const wasHere = location.pathname === `/c/${id}`;
  try {
    await conversations.remove(id);
  } catch (problem) {
    toast(`“${short(title)}” was not deleted. ${problem.message}`, { isUrgent: true });
    return false;
  }
  if (wasHere) go("/", { replace: true });
  toast(`“${short(title)}” was deleted.`, {
    undo: async () => {
      await conversations.restore(id);
      if (wasHere && location.pathname === "/") go(`/c/${id}`, { replace: true });
    },
  });
  return true;
}

function short(title) {
  const words = title || "New conversation";
  return [...words].length > 60 ? `${[...words].slice(0, 60).join("").trimEnd()}…` : words;
}
