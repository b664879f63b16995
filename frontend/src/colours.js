// Colours in OKLCH, where equal steps look equal (Björn Ottosson, 2020), given as sRGB bytes.

const system = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
let theme = "auto";

export const isDark = () => (theme === "auto" ? Boolean(system?.matches) : theme === "dark");
export const onThemeChange = (listener) => system?.addEventListener("change", listener);

/** "light", "dark", or "auto": as the system has it. */
export function setTheme(wish = "auto") {
  theme = wish;
  document.documentElement.dataset.theme = theme;
}

function oklch(lightness, chroma, turn) {
  const a = chroma * Math.cos(2 * Math.PI * turn);
  const b = chroma * Math.sin(2 * Math.PI * turn);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

const encode = (linear) => (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055);

/** sRGB bytes of a colour; chroma is lowered until the colour exists on a screen. */
function bytes(lightness, chroma, turn) {
  for (let c = chroma; ; c -= 0.01) {
    const rgb = oklch(lightness, Math.max(c, 0), turn);
    if (c <= 0 || rgb.every((part) => part >= -0.0005 && part <= 1.0005)) {
      return rgb.map((part) => Math.round(255 * Math.min(1, Math.max(0, encode(part)))));
    }
  }
}

const TONES = {
  light: [[0.62, 0.17], [0.71, 0.15], [0.53, 0.16]],
  dark: [[0.73, 0.15], [0.82, 0.12], [0.65, 0.17]],
};

export const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

export function topicColour(topic) {
  if (topic.id < 0) return isDark() ? [98, 104, 116] : [178, 180, 186];
  const [lightness, chroma] = TONES[isDark() ? "dark" : "light"][topic.tone];
  return bytes(lightness, chroma, topic.hue + 0.07);
}

/** The colour in which the topic's name is legible on the ground. */
export function nameColour(topic) {
  return isDark() ? bytes(0.88, 0.08, topic.hue + 0.07) : bytes(0.4, 0.12, topic.hue + 0.07);
}

/** Along a ramp from dark blue to yellow (light ground) or violet to yellow (dark ground); lightness alone tells the order. */
export function rampColour(part) {
  const lightness = isDark() ? 0.5 + 0.4 * part : 0.36 + 0.46 * part;
  return bytes(lightness, 0.15, 0.78 - 0.53 * part);
}

// Okabe & Ito's eight without black: told apart by people who do not see red or green, then the same turned lighter and darker.
const OKABE_ITO = [[0, 114, 178], [230, 159, 0], [0, 158, 115], [204, 121, 167], [86, 180, 233], [213, 94, 0], [160, 150, 20]];

export function classColour(code) {
  if (code < 0 || code >= 14) return isDark() ? [98, 104, 116] : [178, 180, 186];
  const colour = OKABE_ITO[code % 7];
  if (code < 7) return colour;
  return colour.map((part) => Math.round(isDark() ? part + (255 - part) * 0.5 : part * 0.6));
}
