// The name that the user chose: of this tab, or else the one last used in this browser.

const KEY = "chat-name";

/** The name with which this tab is in a room; null if it has not joined one. */
export const joinedName = () => sessionStorage.getItem(KEY);

/** What to put into the form. */
export const lastName = () => joinedName() ?? localStorage.getItem(KEY) ?? "";

export function rememberName(name) {
  sessionStorage.setItem(KEY, name);
  localStorage.setItem(KEY, name);
}

/** Fills an avatar: an initial, on a colour that belongs to the member. */
export function paintAvatar(avatar, { id, name }) {
  avatar.textContent = [...name][0].toUpperCase();
  avatar.style.setProperty("--hue", parseInt(id.slice(0, 6), 16) % 360);
}
