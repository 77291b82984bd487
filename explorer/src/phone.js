// The width below which phone.css puts the panes below each other.
const NARROW = "(max-width: 700px)";

export function isPhone() {
  return matchMedia(NARROW).matches;
}
