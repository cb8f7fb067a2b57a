/** Okabe and Ito's palette, told apart by people with any kind of colour vision (jfly.uni-koeln.de/color, 2008). */
export const PALETTE = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"] as const;

/** Levels of warnings: never by colour alone, the mark goes with it. */
export const LEVELS = {
  blue: { colour: "#0072b2", mark: "◆" },
  yellow: { colour: "#e0b400", mark: "▲" },
  orange: { colour: "#d55e00", mark: "■" },
  red: { colour: "#b3001b", mark: "✖" },
} as const;

/** From too few to too many, around what is needed: blue and orange are told apart by everybody. */
export const DIVERGING = ["#b35806", "#f1a340", "#fee0b6", "#f7f7f7", "#d8daeb", "#998ec3", "#542788"];
export const SEQUENTIAL = ["#f7fbff", "#c6dbef", "#6baed6", "#2171b5", "#08306b"];
