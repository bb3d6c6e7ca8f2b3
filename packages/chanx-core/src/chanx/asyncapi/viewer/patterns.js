/**
 * Whether a text matches a pattern; undefined for one of another language, which "u" does not
 * misread, and for one that JavaScript's engine, which backtracks, may take too long for.
 */
export function isMatch(pattern, text) {
  try {
    return typeof pattern === "string" && stepsOf(pattern, text.length) < 1e7 ? new RegExp(pattern, "u").test(text) : undefined;
  } catch {
    return undefined;
  }
}

// How many steps it may take at most, roughly: what repeats one after the other multiplies, and what repeats within what repeats doubles for each character.
function stepsOf(pattern, length) {
  let text = pattern.replace(/\\./gs, "x").replace(/\[[^\]]*\]/g, "x");
  const most = text.match(/[*+]|\{\d+,/g)?.length ?? 0;
  let depth = 0;
  for (let before; before !== text; ) {
    before = text;
    text = text.replace(/\((?:\?(?:[:=!]|<[^>(]*>|<[=!]))?([^()]*)\)(?:[*+]|\{\d+,\d*\})?/g, (whole, inner) => {
      const repeats = /[*+}]$/.test(whole);
      if (repeats && /[*+?{|]/.test(inner)) depth += 1;
      return repeats || /[*+{]/.test(inner) ? "x+" : "x";
    });
  }
  return depth ? (depth + 1) ** length : length ** most;
}
