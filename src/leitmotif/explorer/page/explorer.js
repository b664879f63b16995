(function() {
	// src/camera.js
	var Camera = class {
		constructor() {
			Object.assign(this, {
				x: 0,
				y: 0,
				k: 1,
				tall: 1,
				width: 1,
				height: 1,
				home: {
					x: 0,
					y: 0,
					k: 1
				}
			});
			this.flight = 0;
		}
		/** Let a flat layout fill a tall window, and a tall one a flat window, somewhat better. */
		stretch([x0, y0, x1, y1]) {
			const wanted = Math.max(x1 - x0, 1) / Math.max(y1 - y0, 1) * (this.height / this.width);
			this.tall = Math.min(Math.max(wanted, 1 / 1.7), 1.7);
		}
		resize(width, height) {
			this.width = width;
			this.height = height;
		}
		toScreen(x, y) {
			return [(x - this.x) * this.k + this.width / 2, (this.y - y) * this.k * this.tall + this.height / 2];
		}
		toMap(px, py) {
			return [(px - this.width / 2) / this.k + this.x, this.y - (py - this.height / 2) / (this.k * this.tall)];
		}
		/** The box [x0, y0, x1, y1] of map units that is in view, with a margin as a part of its sides. */
		box(margin = 0) {
			const [x0, y1] = this.toMap(-margin * this.width, -margin * this.height);
			const [x1, y0] = this.toMap((1 + margin) * this.width, (1 + margin) * this.height);
			return [
				x0,
				y0,
				x1,
				y1
			];
		}
		/** The view that shows a box with a margin. */
		around([x0, y0, x1, y1], margin = .12) {
			const k = Math.min(this.width * (1 - 2 * margin) / Math.max(x1 - x0, 1), this.height * (1 - 2 * margin) / (Math.max(y1 - y0, 1) * this.tall));
			return {
				x: (x0 + x1) / 2,
				y: (y0 + y1) / 2,
				k
			};
		}
		get zoom() {
			return this.k / this.home.k;
		}
		clamp({ x, y, k }) {
			return {
				x,
				y,
				k: Math.min(Math.max(k, this.home.k * .4), this.home.k * 250)
			};
		}
		set(view) {
			Object.assign(this, this.clamp(view));
		}
		panBy(dx, dy) {
			this.x -= dx / this.k;
			this.y += dy / (this.k * this.tall);
		}
		zoomAt(px, py, factor) {
			const [x, y] = this.toMap(px, py);
			this.set({
				x: this.x,
				y: this.y,
				k: this.k * factor
			});
			const [nx, ny] = this.toMap(px, py);
			this.x += x - nx;
			this.y += y - ny;
		}
		/** Move there in a moment; at once for people who want no motion. */
		flyTo(view, draw) {
			const target = this.clamp(view);
			const flight = ++this.flight;
			if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
				this.set(target);
				draw();
				return;
			}
			const from = {
				x: this.x,
				y: this.y,
				k: this.k
			};
			const began = performance.now();
			const step = (now) => {
				if (flight !== this.flight) return;
				const t = Math.min(Math.max((now - began) / 500, 0), 1);
				const eased = t < .5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2;
				const k = from.k * (target.k / from.k) ** eased;
				const part = Math.abs(target.k / from.k - 1) < 1e-6 ? eased : (1 / from.k - 1 / k) / (1 / from.k - 1 / target.k);
				this.set({
					x: from.x + (target.x - from.x) * part,
					y: from.y + (target.y - from.y) * part,
					k
				});
				draw();
				if (t < 1) requestAnimationFrame(step);
			};
			requestAnimationFrame(step);
		}
		stop() {
			this.flight++;
		}
	};
	// src/colours.js
	var system = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
	var theme = "auto";
	var isDark = () => theme === "auto" ? Boolean(system?.matches) : theme === "dark";
	var onThemeChange = (listener) => system?.addEventListener("change", listener);
	/** "light", "dark", or "auto": as the system has it. */
	function setTheme(wish = "auto") {
		theme = wish;
		document.documentElement.dataset.theme = theme;
	}
	function oklch(lightness, chroma, turn) {
		const a = chroma * Math.cos(2 * Math.PI * turn);
		const b = chroma * Math.sin(2 * Math.PI * turn);
		const l = (lightness + .3963377774 * a + .2158037573 * b) ** 3;
		const m = (lightness - .1055613458 * a - .0638541728 * b) ** 3;
		const s = (lightness - .0894841775 * a - 1.291485548 * b) ** 3;
		return [
			4.0767416621 * l - 3.3077115913 * m + .2309699292 * s,
			-1.2684380046 * l + 2.6097574011 * m - .3413193965 * s,
			-.0041960863 * l - .7034186147 * m + 1.707614701 * s
		];
	}
	var encode = (linear) => linear <= .0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - .055;
	/** sRGB bytes of a colour; chroma is lowered until the colour exists on a screen. */
	function bytes(lightness, chroma, turn) {
		for (let c = chroma;; c -= .01) {
			const rgb = oklch(lightness, Math.max(c, 0), turn);
			if (c <= 0 || rgb.every((part) => part >= -5e-4 && part <= 1.0005)) return rgb.map((part) => Math.round(255 * Math.min(1, Math.max(0, encode(part)))));
		}
	}
	var TONES = {
		light: [
			[.62, .17],
			[.71, .15],
			[.53, .16]
		],
		dark: [
			[.73, .15],
			[.82, .12],
			[.65, .17]
		]
	};
	var css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;
	function topicColour(topic) {
		if (topic.id < 0) return isDark() ? [
			98,
			104,
			116
		] : [
			178,
			180,
			186
		];
		const [lightness, chroma] = TONES[isDark() ? "dark" : "light"][topic.tone];
		return bytes(lightness, chroma, topic.hue + .07);
	}
	/** The colour in which the topic's name is legible on the ground. */
	function nameColour(topic) {
		return isDark() ? bytes(.88, .08, topic.hue + .07) : bytes(.4, .12, topic.hue + .07);
	}
	/** Along a ramp from dark blue to yellow (light ground) or violet to yellow (dark ground); lightness alone tells the order. */
	function rampColour(part) {
		return bytes(isDark() ? .5 + .4 * part : .36 + .46 * part, .15, .78 - .53 * part);
	}
	var OKABE_ITO = [
		[
			0,
			114,
			178
		],
		[
			230,
			159,
			0
		],
		[
			0,
			158,
			115
		],
		[
			204,
			121,
			167
		],
		[
			86,
			180,
			233
		],
		[
			213,
			94,
			0
		],
		[
			160,
			150,
			20
		]
	];
	function classColour(code) {
		if (code < 0 || code >= 14) return isDark() ? [
			98,
			104,
			116
		] : [
			178,
			180,
			186
		];
		const colour = OKABE_ITO[code % 7];
		if (code < 7) return colour;
		return colour.map((part) => Math.round(isDark() ? part + (255 - part) * .5 : part * .6));
	}
	// src/dom.js
	var byId = (id) => document.getElementById(id);
	/** An element with properties (`on…` are listeners, `aria-…` and `data-…` attributes) and children; falsy children are left out. */
	function make(name, properties = {}, ...children) {
		const element = document.createElement(name);
		for (const [key, value] of Object.entries(properties)) {
			if (value === void 0 || value === null || value === false) continue;
			if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
			else if (key.includes("-") || key === "role") element.setAttribute(key, value);
			else element[key] = value;
		}
		element.append(...children.flat().filter((child) => child !== null && child !== void 0 && child !== false));
		return element;
	}
	var number = (value) => value.toLocaleString("en");
	var percent = (part, whole) => {
		const share = whole ? 100 * part / whole : 0;
		return `${share > 0 && share < 10 ? share.toFixed(1) : Math.round(share)} %`;
	};
	var documents = (n) => `${number(n)} ${n === 1 ? "document" : "documents"}`;
	/** A text with the words of the search marked. */
	function marked(text, terms) {
		if (!terms.length) return [text];
		const folded = text.toLowerCase();
		if (folded.length !== text.length) return [text];
		const spans = [];
		for (const term of terms) for (let at = folded.indexOf(term); at >= 0; at = folded.indexOf(term, at + term.length)) spans.push([at, at + term.length]);
		spans.sort((a, b) => a[0] - b[0]);
		const parts = [];
		let end = 0;
		for (const [from, to] of spans) {
			if (from < end) continue;
			parts.push(text.slice(end, from), make("mark", {}, text.slice(from, to)));
			end = to;
		}
		return [...parts, text.slice(end)];
	}
	// src/cells.js
	var LEVELS = 7;
	var SIDE$1 = 128;
	var UNITS = 65536 / SIDE$1;
	var SHIFT = 18;
	/** Every second bit of a code, as a number of 16 bits. */
	function every2nd(code) {
		let bits = code & 1431655765;
		bits = (bits | bits >>> 1) & 858993459;
		bits = (bits | bits >>> 2) & 252645135;
		bits = (bits | bits >>> 4) & 16711935;
		return (bits | bits >>> 8) & 65535;
	}
	var Cells = class {
		/** `codes`: ascending; the bits of x and y in turns, those of x first. */
		constructor(codes) {
			const n = codes.length;
			this.n = n;
			this.x = new Uint16Array(n);
			this.y = new Uint16Array(n);
			this.starts = /* @__PURE__ */ new Uint32Array(16385);
			for (let row = 0; row < n; row++) {
				const code = codes[row];
				this.x[row] = every2nd(code);
				this.y[row] = every2nd(code >>> 1);
				this.starts[(code >>> SHIFT) + 1]++;
			}
			for (let cell = 0; cell < 16384; cell++) this.starts[cell + 1] += this.starts[cell];
		}
		/** Spans [from, to, from, to, …] of the rows in all cells that the box touches; gaps of at most `gap` rows are joined. */
		spans(x0, y0, x1, y1, gap = 0) {
			const [cx0, cy0, cx1, cy1] = [
				x0,
				y0,
				x1,
				y1
			].map((value) => Math.floor(value / UNITS));
			const spans = [];
			const add = (from, to) => {
				if (from === to) return;
				if (spans.length && from - spans[spans.length - 1] <= gap) spans[spans.length - 1] = to;
				else spans.push(from, to);
			};
			const visit = (level, cx, cy, code) => {
				const size = SIDE$1 >> level;
				const [left, low] = [cx * size, cy * size];
				if (left > cx1 || low > cy1 || left + size - 1 < cx0 || low + size - 1 < cy0) return;
				if (left >= cx0 && low >= cy0 && left + size - 1 <= cx1 && low + size - 1 <= cy1 || level === LEVELS) {
					const shift = 2 * (LEVELS - level);
					add(this.starts[code << shift], this.starts[code + 1 << shift]);
					return;
				}
				for (let child = 0; child < 4; child++) visit(level + 1, 2 * cx + (child & 1), 2 * cy + (child >> 1), 4 * code + child);
			};
			visit(0, 0, 0, 0);
			return spans;
		}
		/** Calls `visit(row, square of the distance)` for the points within `reach`, in units of x; `tall`: units of y count so much. */
		within(mx, my, reach, tall, visit) {
			const high = reach / tall;
			const spans = this.spans(mx - reach, my - high, mx + reach, my + high);
			for (let s = 0; s < spans.length; s += 2) for (let row = spans[s]; row < spans[s + 1]; row++) {
				const square = (this.x[row] - mx) ** 2 + ((this.y[row] - my) * tall) ** 2;
				if (square <= reach * reach) visit(row, square);
			}
		}
		/** Row of the nearest point within `reach` for which `allowed(row)` holds, or -1. */
		nearest(mx, my, reach, tall, allowed) {
			let best = -1;
			let least = Infinity;
			this.within(mx, my, reach, tall, (row, square) => {
				if (square < least && allowed(row)) [best, least] = [row, square];
			});
			return best;
		}
		/** The `n` nearest rows to a row, the nearest first. */
		near(row, n, tall) {
			const found = [];
			for (let reach = 250; reach < 14e4 && found.length < n; reach *= 1.7) {
				found.length = 0;
				this.within(this.x[row], this.y[row], reach, tall, (other, square) => other !== row && found.push([square, other]));
			}
			return found.sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, n).map(([, other]) => other);
		}
	};
	// src/data.js
	function bytesOf(base64) {
		if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
		const binary = atob(base64);
		const bytes = new Uint8Array(binary.length);
		for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
		return bytes;
	}
	async function unpack(base64) {
		const stream = new Blob([bytesOf(base64)]).stream().pipeThrough(new DecompressionStream("deflate"));
		return new Uint8Array(await new Response(stream).arrayBuffer());
	}
	/** Whole numbers from their bytes, all lowest ones first. */
	function fromPlanes(planes, Type) {
		const width = Type.BYTES_PER_ELEMENT;
		const n = planes.length / width;
		const values = new Type(n);
		for (let b = 0; b < width; b++) for (let i = 0; i < n; i++) values[i] |= planes[b * n + i] << 8 * b;
		return values;
	}
	/** Running sums, in place. */
	function summed(values) {
		for (let i = 1; i < values.length; i++) values[i] += values[i - 1];
		return values;
	}
	var packedArray = async (packed, Type) => packed ? fromPlanes(await unpack(packed), Type) : null;
	async function readRecord() {
		const record = JSON.parse(byId("record").textContent);
		const [steps, topicRows, bins, classRows] = await Promise.all([
			packedArray(record.places, Uint32Array),
			packedArray(record.topicRows, Uint16Array),
			packedArray(record.bins, Int16Array),
			packedArray(record.classRows, Int16Array)
		]);
		const cells = new Cells(summed(steps));
		return {
			...record,
			n: cells.n,
			cells,
			x: cells.x,
			y: cells.y,
			topicRows,
			bins,
			classRows
		};
	}
	var KEPT = 60;
	var PATIENCE$1 = 12;
	/** Titles and texts. The page may be open while its last chunks are still being read. */
	var Texts = class {
		constructor(size, n) {
			this.size = size;
			this.nChunks = Math.ceil(n / size);
			this.chunks = /* @__PURE__ */ new Map();
			this.folded = [];
		}
		async #packed(index) {
			const found = byId(`texts-${index}`);
			if (found || document.readyState !== "loading") return found.textContent;
			await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
			return byId(`texts-${index}`).textContent;
		}
		async #read(index) {
			const [titles, texts] = JSON.parse(new TextDecoder().decode(await unpack(await this.#packed(index))));
			return {
				titles,
				texts
			};
		}
		#chunk(index) {
			if (!this.chunks.has(index)) {
				if (this.chunks.size >= KEPT) this.chunks.delete(this.chunks.keys().next().value);
				this.chunks.set(index, this.#read(index));
			}
			return this.chunks.get(index);
		}
		async get(row) {
			const { titles, texts } = await this.#chunk(Math.floor(row / this.size));
			const at = row % this.size;
			return {
				title: titles[at],
				text: texts[at]
			};
		}
		/** Rows (a byte each) whose title and text hold every term; null when `stale()` says so. `progress(part)` is told now and then. */
		async search(terms, n, stale, progress) {
			const found = new Uint8Array(n);
			let began = performance.now();
			for (let index = 0; index < this.nChunks; index++) {
				this.folded[index] ??= foldedChunk(await this.#read(index));
				matching(this.folded[index], terms, found.subarray(index * this.size));
				if (performance.now() - began > PATIENCE$1) {
					progress(index / this.nChunks);
					await new Promise((resume) => setTimeout(resume));
					began = performance.now();
				}
				if (stale()) return null;
			}
			return found;
		}
	};
	/** Titles and texts of a chunk as one folded text, and where each document begins in it. */
	function foldedChunk({ titles, texts }) {
		const parts = texts.map((text, i) => fold(`${titles[i]}\n${text}\u0000`));
		const starts = new Uint32Array(parts.length + 1);
		parts.forEach((part, i) => starts[i + 1] = starts[i] + part.length);
		return {
			whole: parts.join(""),
			starts
		};
	}
	/** Sets `found[i]` for the documents that hold every term. */
	function matching({ whole, starts }, terms, found) {
		const hits = new Uint8Array(starts.length - 1);
		terms.forEach((term, t) => {
			let i = 0;
			for (let at = whole.indexOf(term); at >= 0; at = whole.indexOf(term, starts[i + 1])) {
				while (starts[i + 1] <= at) i++;
				if (hits[i] === t) hits[i] = t + 1;
				if (i + 2 === starts.length) break;
			}
		});
		hits.forEach((n, i) => n === terms.length && (found[i] = 1));
	}
	/** Lower case without accents, so that "uber" finds "Über". */
	function fold(text) {
		const lower = text.toLowerCase();
		return /^[\0-\x7f]*$/.test(lower) ? lower : lower.normalize("NFD").replace(/\p{M}/gu, "");
	}
	// src/controls.js
	var THEMES = [
		"auto",
		"light",
		"dark"
	];
	var PATIENCE = 180;
	var STEPS$1 = {
		ArrowLeft: [60, 0],
		ArrowRight: [-60, 0],
		ArrowUp: [0, 60],
		ArrowDown: [0, -60]
	};
	/** Only what this corpus has: no colours by time without dates, no switch for outliers where there are none. */
	function offer(app) {
		const { record } = app;
		const ways = [
			"topic",
			record.binLabels && "time",
			record.classNames && "class"
		].filter(Boolean);
		const select = byId("colour-by");
		select.replaceChildren(...ways.map((way) => make("option", { value: way }, way)));
		select.closest("label").hidden = ways.length < 2;
		byId("outliers-label").hidden = !record.topics.some((topic) => topic.id < 0);
		byId("shape").hidden = !app.branches.length;
	}
	function listen(app) {
		const on = (id, name, listener) => byId(id).addEventListener(name, listener);
		on("colour-by", "change", (event) => (app.colourBy = event.target.value, app.refresh()));
		on("outliers", "change", (event) => (app.outliers = event.target.checked, app.refresh()));
		on("zoom-in", "click", () => zoom(app, 1.8));
		on("zoom-out", "click", () => zoom(app, 1 / 1.8));
		on("zoom-all", "click", () => app.fly(app.camera.home));
		on("theme", "click", () => nextTheme(app));
		for (const button of byId("shape").querySelectorAll("button")) button.addEventListener("click", () => shape(button.value));
		let typing;
		on("search", "input", () => {
			clearTimeout(typing);
			typing = setTimeout(() => app.search(), PATIENCE);
		});
		on("search-form", "submit", (event) => (event.preventDefault(), app.search()));
		on("points", "keydown", (event) => steer(app, event));
		document.addEventListener("keydown", (event) => {
			const writing = event.target.closest?.("input, select, textarea");
			if (event.key === "Escape") {
				if (writing) event.target.blur();
				app.clear();
			} else if (event.key === "/" && !writing) {
				event.preventDefault();
				byId("search").focus();
			}
		});
	}
	function zoom(app, factor) {
		const { x, y, k } = app.camera;
		app.fly({
			x,
			y,
			k: k * factor
		});
	}
	/** The keys of the map. */
	function steer(app, event) {
		const { camera } = app;
		const closer = {
			"+": 1.35,
			"=": 1.35,
			"-": 1 / 1.35
		}[event.key];
		if (STEPS$1[event.key]) camera.panBy(...STEPS$1[event.key]);
		else if (closer) camera.zoomAt(camera.width / 2, camera.height / 2, closer);
		else if (event.key === "0") app.fly(camera.home);
		else return;
		event.preventDefault();
		app.draw();
	}
	function nextTheme(app) {
		const theme = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme ?? "auto") + 1) % THEMES.length];
		setTheme(theme);
		app.refresh();
		app.say(`Colours: ${theme}`);
	}
	/** The topics as a list or as a tree. */
	function shape(wish) {
		for (const button of byId("shape").querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === wish));
		byId("topic-list").hidden = byId("sorting").hidden = wish !== "list";
		byId("topic-tree").hidden = wish !== "tree";
	}
	// src/filters.js
	var Filters = class {
		constructor(n) {
			this.fails = new Uint8Array(n);
			this.active = 0;
		}
		/** Let only the rows pass for which `test(row)` holds; null takes the filter away. */
		set(kind, test) {
			const { fails } = this;
			if (!test) {
				if (this.active & kind) for (let row = 0; row < fails.length; row++) fails[row] &= ~kind;
				this.active &= ~kind;
				return;
			}
			this.active |= kind;
			for (let row = 0; row < fails.length; row++) fails[row] = test(row) ? fails[row] & ~kind : fails[row] | kind;
		}
		passes(row) {
			return this.fails[row] === 0;
		}
		/** Rows that pass, ascending. */
		rows() {
			const { fails } = this;
			const found = new Uint32Array(fails.length);
			let n = 0;
			for (let row = 0; row < fails.length; row++) if (fails[row] === 0) found[n++] = row;
			return found.subarray(0, n);
		}
		/** How many of the rows have each code, of those that fail nothing but what `except` names; codes below 0 are left out. */
		tally(codes, n, except = 0) {
			const counts = new Array(n).fill(0);
			const { fails } = this;
			for (let row = 0; row < fails.length; row++) if ((fails[row] & ~except) === 0 && codes[row] >= 0) counts[codes[row]]++;
			return counts;
		}
	};
	/** A part of the rows from everywhere among them: the golden section visits each once, and never two neighbours in turn. */
	function* spread(rows) {
		const n = rows.length;
		let step = Math.max(1, Math.round(n * .618034));
		while (common(step, n) !== 1) step++;
		for (let i = 0, at = 0; i < n; i++, at = (at + step) % n) yield rows[at];
	}
	var common = (a, b) => b ? common(b, a % b) : a;
	// src/glow.js
	var SIDE = 320;
	var REACH$1 = 65536;
	var INNER = .76;
	function blur(from, to, radius, stride, step) {
		const width = 2 * radius + 1;
		for (let line = 0; line < SIDE; line++) {
			const start = line * stride;
			let sum = 0;
			for (let i = -radius; i < SIDE; i++) {
				if (i + radius < SIDE) sum += from[start + (i + radius) * step];
				if (i - radius - 1 >= 0) sum -= from[start + (i - radius - 1) * step];
				if (i >= 0) to[start + i * step] = sum / width;
			}
		}
	}
	var Glow = class {
		/** `canvas` becomes the small picture; the browser stretches it, which costs less than drawing it anew for every frame. */
		constructor(canvas) {
			this.picture = canvas;
			canvas.width = canvas.height = SIDE;
		}
		/** Density of the points for which `lit(i)` holds, in their colours. */
		paint(x, y, colours, lit, strength) {
			const cells = SIDE * SIDE;
			const n = Math.max(x.length, 1);
			const layers = [
				0,
				1,
				2,
				3
			].map(() => new Float32Array(cells));
			const scale = SIDE * INNER / REACH$1;
			const inset = SIDE * .24 / 2;
			for (let i = 0; i < x.length; i++) {
				if (!lit(i)) continue;
				const cell = Math.floor(inset + (65535 - y[i]) * scale) * SIDE + Math.floor(inset + x[i] * scale);
				for (let c = 0; c < 3; c++) layers[c][cell] += colours[4 * i + c];
				layers[3][cell] += 1;
			}
			const spare = new Float32Array(cells);
			const reach = Math.round(Math.min(Math.max(4.5 * (2e3 / n) ** .25, 4), 13));
			for (const layer of layers) for (const radius of [
				reach,
				reach,
				reach - 1
			]) {
				blur(layer, spare, radius, SIDE, 1);
				blur(spare, layer, radius, 1, SIDE);
			}
			const image = new ImageData(SIDE, SIDE);
			const usual = n / cells;
			for (let cell = 0; cell < cells; cell++) {
				const density = layers[3][cell];
				if (density <= 0) continue;
				for (let c = 0; c < 3; c++) image.data[4 * cell + c] = layers[c][cell] / density;
				image.data[4 * cell + 3] = 255 * strength * (1 - Math.exp(-.3 * density / usual));
			}
			this.picture.getContext("2d").putImageData(image, 0, 0);
		}
		/** Where the picture lies in a window of a view, and how strong it is. */
		#place({ x, y, k, tall, width, height, zoom }) {
			const margin = REACH$1 / INNER * .24 / 2;
			return {
				left: (-10347.789473684212 - x) * k + width / 2,
				top: (y - REACH$1 - margin) * k * tall + height / 2,
				across: REACH$1 / INNER * k,
				down: REACH$1 / INNER * k * tall,
				fade: 1 / (1 + (zoom / 6) ** 2)
			};
		}
		draw(camera) {
			const { left, top, across, down, fade } = this.#place(camera);
			const { style } = this.picture;
			style.visibility = fade < .03 ? "hidden" : "visible";
			style.opacity = fade;
			style.transform = `translate(${left}px, ${top}px) scale(${across / SIDE}, ${down / SIDE})`;
		}
		/** The same on another canvas; width and height of the view are those of the window in CSS pixels. */
		paintOn(context, view, ratio) {
			const { left, top, across, down, fade } = this.#place(view);
			context.globalAlpha = fade;
			context.imageSmoothingQuality = "high";
			context.drawImage(this.picture, left * ratio, top * ratio, across * ratio, down * ratio);
			context.globalAlpha = 1;
		}
	};
	// src/legend.js
	var CLASSES$1 = 7;
	var STEPS = 24;
	function legend(app) {
		const { record } = app;
		const box = byId("legend");
		box.hidden = app.colourBy === "topic";
		if (app.colourBy === "time") box.replaceChildren(...ramp(record.binLabels, app.ranks()));
		else if (app.colourBy === "class") {
			const entries = record.classNames.slice(0, CLASSES$1).map((name, code) => make("li", {}, dot(classColour(code)), name));
			const rest = record.classNames.length - CLASSES$1;
			if (rest > 0) entries.push(make("li", {}, `and ${number(rest)} more`));
			box.replaceChildren(make("ul", {}, entries));
		}
	}
	function ramp(labels, ranks) {
		const steps = Array.from({ length: STEPS }, (_, i) => {
			const step = make("i");
			step.style.background = css(rampColour(i / 23));
			return step;
		});
		const middle = labels[Math.max(ranks.findLastIndex((rank) => rank <= .5), 0)];
		const ends = [.../* @__PURE__ */ new Set([
			labels[0],
			middle,
			labels.at(-1)
		])].map((label) => make("span", {}, label));
		return [make("div", { className: "ramp" }, steps), make("div", { className: "ends" }, ends)];
	}
	/** A round mark in a colour. */
	function dot(colour) {
		const element = make("span", {
			className: "dot",
			"aria-hidden": "true"
		});
		element.style.background = css(colour);
		return element;
	}
	// src/list.js
	/** The words that the label does not hold already. */
	function further(topic) {
		const label = topic.label.toLowerCase();
		return topic.words.map(([word]) => word).filter((word) => !label.includes(word.toLowerCase()));
	}
	var ORDERS = {
		size: (a, b) => b.size - a.size,
		name: (a, b) => a.label.localeCompare(b.label),
		map: (a, b) => a.hue - b.hue
	};
	var TopicList = class {
		constructor(app) {
			this.app = app;
			this.list = byId("topic-list");
			this.sort = byId("sort");
			this.sort.addEventListener("change", () => this.render());
			this.list.addEventListener("keydown", (event) => this.#move(event));
			const { topics } = app.record;
			const largest = Math.max(...topics.filter((topic) => topic.id >= 0).map((topic) => topic.size), 1);
			for (const topic of topics) topic.folded = fold([
				topic.label,
				...topic.words.map(([word]) => word),
				...Object.values(topic.aspects).flat()
			].join("\n"));
			this.rows = topics.map((topic) => this.#row(topic, largest));
		}
		/** The elements of a topic; they are made once and changed, since there may be thousands. */
		#row(topic, largest) {
			const { app } = this;
			const dot = make("span", {
				className: "dot",
				"aria-hidden": "true"
			});
			const count = make("span", { className: "count" });
			const bar = make("i");
			bar.style.width = `${Math.min(100 * topic.size / largest, 100)}%`;
			const button = make("button", {
				type: "button",
				className: "topic",
				"data-topic": String(topic.id),
				onclick: () => app.chooseTopic(app.filter.topic === topic.id ? null : topic.id)
			}, dot, make("span", { className: "label" }, topic.label), count, make("span", { className: "words" }, further(topic).join(" · ")), make("span", {
				className: "extent",
				"aria-hidden": "true"
			}, bar));
			return {
				item: make("li", {}, button),
				button,
				dot,
				count,
				bar
			};
		}
		#order(hits) {
			const { topics } = this.app.record;
			const by = ORDERS[this.sort.value];
			return [...topics].sort((a, b) => (a.id < 0) - (b.id < 0) || (hits ? hits[b.row] - hits[a.row] : 0) || by(a, b) || a.id - b.id);
		}
		/** Topics whose words hold all terms come first in a search, then those with the most documents found. */
		render() {
			const { app } = this;
			const { terms } = app.filter;
			const hits = app.narrowed() ? app.counts() : null;
			const named = (topic) => terms.length > 0 && terms.every((term) => topic.folded.includes(term));
			let order = this.#order(hits);
			if (terms.length) order = [...order.filter(named), ...order.filter((topic) => !named(topic))];
			for (const topic of order) {
				const { button, dot, count, bar } = this.rows[topic.row];
				dot.style.background = bar.style.background = css(topicColour(topic));
				count.textContent = hits ? `${number(hits[topic.row])} / ${number(topic.size)}` : number(topic.size);
				button.classList.toggle("none", hits !== null && !hits[topic.row] && !named(topic));
				button.setAttribute("aria-pressed", String(app.filter.topic === topic.id));
				button.setAttribute("aria-label", `${topic.label}, ${documents(topic.size)}${hits ? `, ${number(hits[topic.row])} found` : ""}`);
			}
			const signature = order.map((topic) => topic.row).join();
			if (signature === this.signature) return;
			this.signature = signature;
			const focused = this.list.contains(document.activeElement) ? document.activeElement : null;
			this.list.replaceChildren(...order.map((topic) => this.rows[topic.row].item));
			focused?.focus({ preventScroll: true });
		}
		reveal() {
			this.list.querySelector("[aria-pressed=\"true\"]")?.scrollIntoView({ block: "nearest" });
		}
		#move(event) {
			const buttons = [...this.list.querySelectorAll(".topic")];
			const at = buttons.indexOf(document.activeElement);
			const to = {
				ArrowDown: at + 1,
				ArrowUp: at - 1,
				Home: 0,
				End: buttons.length - 1
			}[event.key];
			if (at < 0 || to === void 0) return;
			event.preventDefault();
			buttons[Math.min(Math.max(to, 0), buttons.length - 1)].focus();
		}
	};
	// src/names.js
	var FAMILY = "system-ui, -apple-system, \"Segoe UI\", Roboto, \"Noto Sans\", Arial, sans-serif";
	var LEADING = 1.16;
	var MEASURED = 100;
	var MARGIN$1 = .25;
	var PLACES = [
		[0, 0],
		[0, -.7],
		[0, .7],
		[.45, 0],
		[-.45, 0]
	];
	/** A name in lines of about so many characters, at most three. */
	function wrapped(label, width = 17) {
		const lines = [];
		for (const word of label.split(/\s+/)) {
			const last = lines[lines.length - 1];
			if (last !== void 0 && (last + " " + word).length <= width) lines[lines.length - 1] = `${last} ${word}`;
			else lines.push(word);
		}
		if (lines.length > 3) return [...lines.slice(0, 2), `${lines[2].replace(/,$/, "")}…`];
		return lines;
	}
	/** A place for the middle of a name: within the canvas as long as what it names is. */
	function inside(middle, anchor, extent, limit) {
		if (anchor < 0 || anchor > limit) return middle;
		return Math.min(Math.max(middle, extent / 2), limit - extent / 2);
	}
	/** The first place around (x, y) at which a name covers none of those placed, or null. */
	function room(x, y, width, height, placed, window) {
		for (const [dx, dy] of PLACES) {
			const spot = {
				x: inside(x + dx * width, x, width, window.width),
				y: inside(y + dy * height, y, height, window.height)
			};
			if (placed.every((other) => Math.abs(other.x - spot.x) * 2 >= other.width + width || Math.abs(other.y - spot.y) * 2 >= other.height + height)) return spot;
		}
		return null;
	}
	var Names = class {
		constructor(canvas) {
			this.canvas = canvas;
			this.context = canvas.getContext("2d");
			this.placed = [];
			this.view = null;
			this.moved = [0, 0];
			this.pictures = /* @__PURE__ */ new Map();
		}
		setTopics(topics) {
			this.topics = topics.filter((topic) => topic.id >= 0 && topic.size > 0).sort((a, b) => b.size - a.size);
			const largest = this.topics[0]?.size ?? 1;
			this.context.font = `600 ${MEASURED}px ${FAMILY}`;
			for (const topic of this.topics) {
				topic.lines = wrapped(topic.label);
				topic.points = 11.5 + 5 * Math.sqrt(topic.size / largest);
				topic.breadth = Math.max(...topic.lines.map((line) => this.context.measureText(line).width)) / MEASURED;
			}
		}
		/**
		* `counts`: documents found in each topic (none: no name; most: first), or null; `chosen`: rows of the topics named
		* before all, or null; `plain`: without colours; `blocked()`: boxes {x, y, width, height} around their middles that names
		* stay clear of. All of these and the theme are new after `forget()` only.
		*/
		draw(camera, ratio, counts, chosen, plain, blocked) {
			const { view } = this;
			const moved = view ? [(view.x - camera.x) * camera.k, (camera.y - view.y) * camera.k * camera.tall] : [0, 0];
			if (view?.k === camera.k && view.width === camera.width && view.height === camera.height && view.ratio === ratio && Math.abs(moved[0]) < MARGIN$1 * camera.width && Math.abs(moved[1]) < MARGIN$1 * camera.height) this.moved = moved.map((by) => Math.round(by * ratio) / ratio);
			else this.#redraw(camera, ratio, counts, chosen, plain, blocked());
			this.canvas.style.transform = `translate(${this.moved[0] - MARGIN$1 * camera.width}px, ${this.moved[1] - MARGIN$1 * camera.height}px)`;
		}
		forget() {
			this.view = null;
		}
		#redraw(camera, ratio, counts, chosen, plain, blocked) {
			const { context, canvas } = this;
			const { width: wide, height: high } = camera;
			this.view = {
				x: camera.x,
				y: camera.y,
				k: camera.k,
				width: wide,
				height: high,
				ratio
			};
			this.moved = [0, 0];
			const [width, height] = [wide, high].map((side) => Math.round(side * 1.5 * ratio));
			if (canvas.width !== width || canvas.height !== height) {
				Object.assign(canvas, {
					width,
					height
				});
				Object.assign(canvas.style, {
					width: `${width / ratio}px`,
					height: `${height / ratio}px`
				});
			} else context.clearRect(0, 0, width, height);
			this.placed = [];
			const grow = Math.min(1 + .12 * Math.log2(Math.max(camera.zoom, 1)), 1.35);
			for (const topic of this.#order(counts, chosen)) {
				const [x, y] = camera.toScreen(...topic.anchor);
				if (x < -.25 * wide || y < -.25 * high || x > 1.25 * wide || y > 1.25 * high || counts?.[topic.row] === 0) continue;
				const points = Math.round(topic.points * grow * 2) / 2;
				const size = {
					width: topic.breadth * points + 8,
					height: topic.lines.length * points * LEADING + 4
				};
				const spot = room(x, y, size.width, size.height, [...blocked, ...this.placed], camera);
				if (!spot) continue;
				this.placed.push({
					topic,
					...spot,
					...size
				});
				const picture = this.#picture(topic, points, size.width, size.height, ratio, plain);
				context.globalAlpha = chosen === null || chosen.has(topic.row) ? 1 : .45;
				context.drawImage(picture, Math.round((spot.x + MARGIN$1 * wide) * ratio - picture.width / 2), Math.round((spot.y + MARGIN$1 * high) * ratio - picture.height / 2));
			}
			context.globalAlpha = 1;
		}
		/** The names in view on another canvas of the window's size. */
		copyTo(context, camera, ratio) {
			context.drawImage(this.canvas, (this.moved[0] - MARGIN$1 * camera.width) * ratio, (this.moved[1] - MARGIN$1 * camera.height) * ratio);
		}
		#order(counts, chosen) {
			if (!counts && !chosen) return this.topics;
			return [...this.topics].sort((a, b) => (chosen ? chosen.has(b.row) - chosen.has(a.row) : 0) || (counts ? counts[b.row] - counts[a.row] : 0) || b.size - a.size);
		}
		#picture(topic, points, width, height, ratio, plain) {
			const dark = isDark();
			const key = `${points} ${ratio} ${plain} ${dark}`;
			const known = this.pictures.get(topic.row);
			if (known?.key === key) return known.picture;
			const edge = points * .3;
			const picture = document.createElement("canvas");
			picture.width = Math.ceil((width + edge) * ratio);
			picture.height = Math.ceil((height + edge) * ratio);
			const context = picture.getContext("2d");
			context.scale(ratio, ratio);
			Object.assign(context, {
				textAlign: "center",
				textBaseline: "middle",
				lineJoin: "round",
				font: `600 ${points}px ${FAMILY}`,
				lineWidth: edge
			});
			context.strokeStyle = dark ? "rgb(16 18 22 / 85%)" : "rgb(250 250 248 / 88%)";
			context.fillStyle = plain ? dark ? "#e9eaee" : "#1c1d20" : css(nameColour(topic));
			const [middle, first] = [picture.width / ratio / 2, picture.height / ratio / 2 - (topic.lines.length - 1) / 2 * points * LEADING];
			for (const method of ["strokeText", "fillText"]) topic.lines.forEach((line, i) => context[method](line, middle, first + i * points * LEADING));
			this.pictures.set(topic.row, {
				key,
				picture
			});
			return picture;
		}
		/** The topic whose name lies at a place of the screen. */
		at(px, py) {
			const [dx, dy] = this.moved;
			return this.placed.find(({ x, y, width, height }) => Math.abs(px - dx - x) * 2 <= width && Math.abs(py - dy - y) * 2 <= height)?.topic ?? null;
		}
	};
	// src/charts.js
	/** Bars over time. `counts` of each bin, `whole` documents of each bin, `asShare`: heights are shares of the bin. */
	function timeBars({ labels, counts, whole, colour, asShare, chosen, onchoose, unit }) {
		const heights = counts.map((count, i) => asShare ? whole[i] ? count / whole[i] : 0 : count);
		const highest = Math.max(...heights, 1e-9);
		const bars = labels.map((label, i) => {
			const text = `${label}: ${number(counts[i])} ${unit}${asShare ? ` (${percent(counts[i], whole[i])} of ${number(whole[i])})` : ""}`;
			const bar = make("i");
			bar.style.height = `${100 * heights[i] / highest}%`;
			if (colour) bar.style.background = colour;
			return make("button", {
				type: "button",
				title: text,
				"aria-label": text,
				"aria-pressed": String(chosen === i),
				className: chosen === i ? "on" : "",
				tabIndex: i === (chosen ?? 0) ? 0 : -1,
				onclick: () => onchoose(chosen === i ? null : i)
			}, bar);
		});
		const chart = make("div", {
			className: chosen === null ? "times" : "times some",
			role: "group",
			"aria-label": "Documents over time; arrow keys move, Enter filters"
		}, bars);
		chart.addEventListener("keydown", (event) => {
			const step = {
				ArrowLeft: -1,
				ArrowRight: 1
			}[event.key];
			const at = bars.indexOf(document.activeElement);
			if (!step || at < 0) return;
			event.preventDefault();
			bars[Math.min(Math.max(at + step, 0), bars.length - 1)].focus();
		});
		return make("div", {}, chart, make("div", { className: "axis" }, make("span", {}, labels[0]), labels.length > 1 && make("span", {}, labels[labels.length - 1])));
	}
	/** Rows with a name, a bar and a value; `onclick` of a row makes its name a button. */
	function rows(items) {
		const highest = Math.max(...items.map((item) => item.extent), 1e-9);
		return make("ul", { className: "rows" }, items.map(({ name, extent, value, colour, on, onclick }) => {
			const bar = make("i");
			bar.style.width = `${Math.max(100 * extent / highest, extent > 0 ? 1.5 : 0)}%`;
			if (colour) bar.style.background = colour;
			return make("li", {}, onclick ? make("button", {
				type: "button",
				className: on ? "key on" : "key",
				title: name,
				"aria-pressed": String(Boolean(on)),
				onclick
			}, name) : make("span", {
				className: "key",
				title: name
			}, name), make("span", {
				className: "track",
				"aria-hidden": "true"
			}, bar), make("span", { className: "value" }, value));
		}));
	}
	// src/panel.js
	var FIRST = 20;
	var CLASSES = 8;
	var CHIPS = 12;
	var Panel = class {
		constructor(app) {
			this.app = app;
			this.root = byId("detail");
			this.share = false;
			this.allClasses = false;
			this.drawing = 0;
		}
		async render() {
			const { app } = this;
			const drawing = ++this.drawing;
			const content = app.opened === null ? await this.#browse() : await this.#document(app.opened);
			if (drawing !== this.drawing) return;
			this.root.replaceChildren(...content.filter(Boolean));
		}
		top() {
			this.root.scrollTop = 0;
		}
		async #browse() {
			const { app } = this;
			const { branch } = app.filter;
			const topic = app.topicById.get(app.filter.topic) ?? null;
			const found = app.found();
			const typical = topic && !app.narrowed() ? topic.representative : [];
			const divided = topic?.passages.length > 0;
			const chosen = branch ? branch.rows : topic ? [topic.row] : null;
			const colour = topic ? css(topicColour(topic)) : null;
			return [
				this.#filters(),
				...topic ? this.#topic(topic) : branch ? this.#branch(branch) : [this.#corpus(found)],
				this.#time(chosen, colour),
				this.#classes(chosen, colour),
				typical.length > 0 && make("section", {}, make("h3", {}, divided ? "Most typical passages" : "Most typical documents"), await this.#list(typical, topic.passages)),
				topic && this.#similar(topic),
				make("section", { className: "listing" }, make("h3", {}, app.anyFilter() ? `${documents(found.length)} on the map` : "Documents"), await this.#documents(found))
			];
		}
		#filters() {
			const { app } = this;
			const { filter, record } = app;
			const chip = (text, patch) => make("button", {
				type: "button",
				className: "chip",
				title: "Remove this filter",
				"aria-label": `Remove the filter ${text}`,
				onclick: () => app.narrow(patch)
			}, make("span", {}, text), make("span", {
				className: "x",
				"aria-hidden": "true"
			}, "×"));
			const chips = [
				filter.terms.length > 0 && chip(`“${filter.terms.join(" ")}”`, { terms: [] }),
				filter.classCode !== null && chip(record.classNames[filter.classCode], { classCode: null }),
				filter.bin !== null && chip(record.binLabels[filter.bin], { bin: null }),
				filter.region && chip("area of the map", { region: null })
			].filter(Boolean);
			return chips.length > 0 && make("div", { className: "chips" }, chips);
		}
		#corpus(found) {
			const { app } = this;
			const { record } = app;
			const counts = app.counts();
			const n = app.narrowed() ? found.length : record.nDocuments;
			const outliers = counts[record.topics.findIndex((topic) => topic.id < 0)] ?? 0;
			const entry = (name, value) => make("div", {}, make("dt", {}, name), make("dd", {}, value));
			const nTopics = record.topics.filter((topic) => topic.id >= 0 && counts[topic.row] > 0).length;
			return make("section", {}, make("dl", { className: "numbers" }, entry(n === record.nDocuments ? "documents" : "found", number(n)), entry(n === record.nDocuments ? "topics" : "in topics", number(nTopics)), entry("in no topic", percent(outliers, n))));
		}
		#topic(topic) {
			const { app } = this;
			const { record } = app;
			const colour = css(topicColour(topic));
			const aspects = Object.entries(topic.aspects).filter(([, words]) => words.length);
			return [
				make("section", {}, make("button", {
					type: "button",
					className: "back",
					onclick: () => app.chooseTopic(null)
				}, "← all topics"), make("div", { className: "name-row" }, dot(topicColour(topic)), make("h2", { className: "name" }, topic.label)), make("p", { className: "sub" }, topic.id < 0 ? `${documents(topic.size)} in no topic · ${percent(topic.size, record.nDocuments)}` : `Topic ${topic.id} · ${documents(topic.size)} · ${percent(topic.size, record.nDocuments)}`)),
				topic.words.length > 0 && make("section", {}, make("h3", {}, "Words"), rows(topic.words.map(([word, weight]) => ({
					name: word,
					extent: weight,
					value: weight.toPrecision(2),
					colour,
					onclick: () => app.searchFor(word)
				})))),
				aspects.length > 0 && make("section", {}, make("h3", {}, "Other descriptions"), aspects.map(([name, words]) => make("p", { className: "aspect" }, make("b", {}, name), words.join(", "))))
			];
		}
		/** A branch of the topic tree. */
		#branch(branch) {
			const { app } = this;
			const { nDocuments, topics } = app.record;
			const up = branch.parent?.parent ? branch.parent : null;
			const chip = (topic) => make("button", {
				type: "button",
				className: "chip",
				title: topic.label,
				onclick: () => app.chooseTopic(topic.id)
			}, dot(topicColour(topic)), make("span", {}, topic.label));
			const inside = branch.rows.map((row) => topics[row]).sort((a, b) => b.size - a.size);
			const box = make("div", { className: "chips" }, inside.slice(0, CHIPS).map(chip));
			const more = inside.length > CHIPS && make("button", {
				type: "button",
				className: "chip",
				onclick: () => box.replaceChildren(...inside.map(chip))
			}, `all ${inside.length}`);
			box.append(...[more].filter(Boolean));
			return [make("section", {}, make("button", {
				type: "button",
				className: "back",
				onclick: () => up ? app.chooseBranch(up) : app.chooseTopic(null)
			}, up ? `← ${up.label}` : "← all topics"), make("h2", { className: "name" }, branch.label), make("p", { className: "sub" }, `${number(branch.rows.length)} topics · ${documents(branch.size)} · ${percent(branch.size, nDocuments)}`)), make("section", {}, make("h3", {}, "Topics"), box)];
		}
		/** Documents over time, of all topics or of those in `chosen` rows. */
		#time(chosen, colour) {
			const { app } = this;
			const { record } = app;
			if (!record.binLabels) return null;
			const tally = (except) => app.filters.tally(record.bins, record.binLabels.length, except | 32);
			const narrowed = app.narrowed(8);
			const whole = narrowed ? tally(9) : sums(record.overTime);
			const counts = !chosen ? whole : narrowed ? tally(8) : sums(chosen.map((row) => record.overTime[row]));
			const asShare = this.share && chosen !== null;
			return make("section", {}, make("h3", {}, "Over time", chosen && make("button", {
				type: "button",
				"aria-pressed": String(asShare),
				onclick: () => (this.share = !this.share, this.render())
			}, asShare ? "show numbers" : "show shares")), timeBars({
				labels: record.binLabels,
				counts,
				whole,
				colour,
				asShare,
				chosen: app.filter.bin,
				onchoose: (bin) => app.narrow({ bin }),
				unit: "documents"
			}));
		}
		/** Documents of each class, of all topics or of those in `chosen` rows. */
		#classes(chosen, colour) {
			const { app } = this;
			const { record, filter } = app;
			if (!record.classNames) return null;
			const counts = app.narrowed(4) ? app.filters.tally(record.classRows, record.classNames.length, 36) : sums(chosen ? chosen.map((row) => record.perClass[row]) : record.perClass);
			const total = counts.reduce((a, b) => a + b, 0);
			const present = [...counts.keys()].filter((code) => counts[code] > 0 || code === filter.classCode).sort((a, b) => counts[b] - counts[a]);
			const cut = this.allClasses || present.length <= 9 ? present.length : CLASSES;
			const shown = present.slice(0, cut);
			if (filter.classCode !== null && !shown.includes(filter.classCode)) shown.push(filter.classCode);
			const byClass = app.colourBy === "class";
			return make("section", {}, make("h3", {}, "By class", present.length > 9 && make("button", {
				type: "button",
				onclick: () => (this.allClasses = !this.allClasses, this.render())
			}, this.allClasses ? "fewer" : `all ${present.length}`)), rows(shown.map((code) => ({
				name: record.classNames[code],
				extent: counts[code],
				value: chosen ? percent(counts[code], total) : number(counts[code]),
				colour: byClass ? css(classColour(code)) : colour,
				on: filter.classCode === code,
				onclick: () => app.narrow({ classCode: filter.classCode === code ? null : code })
			}))));
		}
		#similar(topic) {
			const { app } = this;
			if (!topic.neighbours.length) return null;
			const chips = topic.neighbours.map((id) => {
				const other = app.topicById.get(id);
				return make("button", {
					type: "button",
					className: "chip",
					title: other.label,
					onclick: () => app.chooseTopic(id)
				}, dot(topicColour(other)), make("span", {}, other.label));
			});
			return make("section", {}, make("h3", {}, "Similar topics"), make("div", { className: "chips" }, chips));
		}
		async #documents(found) {
			if (!found.length) return make("p", { className: "empty" }, "No document passes all the filters.");
			const box = make("div");
			const order = spread(found);
			let shown = 0;
			const more = async (n) => {
				const next = Array.from({ length: Math.min(n, found.length - shown) }, () => order.next().value);
				shown += next.length;
				box.querySelector(".more")?.remove();
				box.append(await this.#list(next));
				const left = found.length - shown;
				if (left > 0) box.append(make("button", {
					type: "button",
					className: "more",
					onclick: () => more(50)
				}, `${number(Math.min(50, left))} more of ${number(left)}`));
			};
			await more(FIRST);
			return box;
		}
		/** Documents to open, each with its beginning, or with the passage given for it. */
		async #list(list, passages = []) {
			const { app } = this;
			return make("ul", { className: "docs" }, (await Promise.all(list.map(async (row, i) => ({
				...await app.texts.get(row),
				...passages[i] && { text: passages[i] }
			})))).map(({ title, text }, i) => make("li", {}, make("button", {
				type: "button",
				className: "doc",
				onclick: () => app.open(list[i]),
				onpointerenter: () => app.point(list[i]),
				onpointerleave: () => app.point(-1)
			}, title && make("strong", {}, marked(title, app.filter.terms)), make("span", { className: "text" }, text ? marked(excerpt(text, app.filter.terms), app.filter.terms) : title ? "" : "(empty document)"), this.meta(list[i], app.filter.topic === null)))));
		}
		/** Topic, date and class of a document. */
		meta(row, withTopic = true) {
			const { record } = this.app;
			const parts = [];
			if (withTopic) {
				const topic = record.topics[record.topicRows[row]];
				parts.push(dot(topicColour(topic)), make("span", { className: "topic-name" }, topic.label));
			}
			if (record.bins?.[row] >= 0) parts.push(make("span", {}, `${parts.length ? "· " : ""}${record.binLabels[record.bins[row]]}`));
			if (record.classRows?.[row] >= 0) parts.push(make("span", {}, `${parts.length ? "· " : ""}${record.classNames[record.classRows[row]]}`));
			return make("span", { className: "meta" }, parts);
		}
		async #document(row) {
			const { app } = this;
			const { record, filter } = app;
			const { title, text } = await app.texts.get(row);
			const topic = record.topics[record.topicRows[row]];
			return [
				make("section", {}, make("button", {
					type: "button",
					className: "back",
					onclick: () => app.open(null)
				}, `← ${topic.id === filter.topic ? topic.label : "all documents"}`), title && make("h2", { className: "name" }, marked(title, filter.terms)), this.meta(row, false)),
				make("div", { className: "chips" }, make("button", {
					type: "button",
					className: "chip",
					onclick: () => app.chooseTopic(topic.id)
				}, dot(topicColour(topic)), make("span", {}, topic.label))),
				make("section", {}, make("p", { className: "full" }, marked(text || "(empty document)", filter.terms)), text.endsWith("…") && make("p", { className: "cut" }, "The page holds the beginning of long texts.")),
				make("section", {}, make("h3", {}, "Near it on the map"), await this.#list(app.record.cells.near(row, 8, app.camera.tall)))
			];
		}
	};
	/** The part of a text around the first term found. */
	function excerpt(text, terms) {
		const lower = text.toLowerCase();
		const at = Math.min(...terms.map((term) => lower.indexOf(term)).filter((i) => i >= 0), Infinity);
		if (!Number.isFinite(at) || at < 90) return text.slice(0, 400);
		return `…${text.slice(text.indexOf(" ", at - 60) + 1, at + 340)}`;
	}
	var sums = (table) => table.reduce((total, row) => total.map((value, i) => value + row[i]), new Array(table[0].length).fill(0));
	// src/pointer.js
	var REACH = 12;
	var Pointer = class {
		constructor(app) {
			this.app = app;
			this.canvas = byId("points");
			this.tip = byId("tip");
			this.region = byId("region");
			this.down = /* @__PURE__ */ new Map();
			this.asked = 0;
			const on = (name, listener, options) => this.canvas.addEventListener(name, listener, options);
			on("pointerdown", (event) => this.#press(event));
			on("pointermove", (event) => this.#move(event));
			on("pointerup", (event) => this.#release(event));
			on("pointercancel", (event) => this.#release(event, true));
			on("pointerleave", () => !this.down.size && this.#hover(-1));
			on("wheel", (event) => this.#wheel(event), { passive: false });
			on("dblclick", (event) => {
				const { x, y, k } = this.app.camera;
				const [mx, my] = this.app.camera.toMap(...this.#at(event));
				this.app.fly({
					x: (x + mx) / 2,
					y: (y + my) / 2,
					k: k * 2
				});
			});
		}
		#at(event) {
			const box = this.canvas.getBoundingClientRect();
			return [event.clientX - box.left, event.clientY - box.top];
		}
		#press(event) {
			if (event.button > 0) return;
			this.canvas.setPointerCapture(event.pointerId);
			this.app.camera.stop();
			this.down.set(event.pointerId, this.#at(event));
			this.start = this.#at(event);
			this.travelled = 0;
			this.selecting = event.shiftKey;
			this.app.moved();
			this.#hover(-1);
		}
		#move(event) {
			const { camera } = this.app;
			const [px, py] = this.#at(event);
			const before = this.down.get(event.pointerId);
			if (!before) {
				const row = this.#nearest(px, py);
				this.canvas.classList.toggle("over", row >= 0 || this.app.names.at(px, py) !== null);
				this.#hover(row);
				return;
			}
			this.down.set(event.pointerId, [px, py]);
			this.travelled += Math.abs(px - before[0]) + Math.abs(py - before[1]);
			if (this.selecting) {
				this.#frame(px, py);
				return;
			}
			this.canvas.classList.add("moving");
			if (this.down.size === 2) {
				const [other] = [...this.down].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
				const span = (at) => Math.hypot(at[0] - other[0], at[1] - other[1]) || 1;
				camera.zoomAt((px + other[0]) / 2, (py + other[1]) / 2, span([px, py]) / span(before));
				camera.panBy((px - before[0]) / 2, (py - before[1]) / 2);
			} else camera.panBy(px - before[0], py - before[1]);
			this.app.draw();
		}
		#release(event, cancelled = false) {
			if (!this.down.delete(event.pointerId)) return;
			this.canvas.classList.remove("moving");
			const [px, py] = this.#at(event);
			if (this.selecting) {
				this.selecting = false;
				this.region.hidden = true;
				if (this.travelled > 8 && !cancelled) this.#choose(px, py);
			} else if (this.travelled < 5 && !cancelled && !this.down.size) this.#click(px, py);
		}
		#frame(px, py) {
			const [sx, sy] = this.start;
			this.region.hidden = false;
			Object.assign(this.region.style, {
				left: `${Math.min(sx, px)}px`,
				top: `${Math.min(sy, py)}px`,
				width: `${Math.abs(px - sx)}px`,
				height: `${Math.abs(py - sy)}px`
			});
		}
		#choose(px, py) {
			const [ax, ay] = this.app.camera.toMap(...this.start);
			const [bx, by] = this.app.camera.toMap(px, py);
			this.app.narrow({ region: [
				Math.min(ax, bx),
				Math.min(ay, by),
				Math.max(ax, bx),
				Math.max(ay, by)
			] });
		}
		#click(px, py) {
			const topic = this.app.names.at(px, py);
			const row = this.#nearest(px, py);
			if (topic && (row < 0 || this.#distance(row, px, py) > 4)) this.app.chooseTopic(topic.id === this.app.filter.topic ? null : topic.id);
			else if (row >= 0) this.app.open(row);
			else if (this.app.opened !== null) this.app.open(null);
		}
		#distance(row, px, py) {
			const [x, y] = this.app.camera.toScreen(this.app.record.x[row], this.app.record.y[row]);
			return Math.hypot(x - px, y - py);
		}
		#nearest(px, py) {
			const { camera, filters, record } = this.app;
			return record.cells.nearest(...camera.toMap(px, py), REACH / camera.k, camera.tall, (row) => filters.passes(row));
		}
		#wheel(event) {
			event.preventDefault();
			this.app.camera.stop();
			this.app.moved();
			const lines = event.deltaMode === 1 ? 24 : 1;
			const factor = Math.exp(-event.deltaY * lines * (event.ctrlKey ? .01 : .0016));
			this.app.camera.zoomAt(...this.#at(event), factor);
			this.app.draw();
		}
		async #hover(row) {
			if (row === this.shown) return;
			this.shown = row;
			this.app.point(row);
			const asked = ++this.asked;
			if (row < 0) {
				this.tip.hidden = true;
				return;
			}
			const { title, text } = await this.app.texts.get(row);
			if (asked !== this.asked) return;
			const { record } = this.app;
			const topic = record.topics[record.topicRows[row]];
			const facts = [record.bins?.[row] >= 0 && record.binLabels[record.bins[row]], record.classRows?.[row] >= 0 && record.classNames[record.classRows[row]]].filter(Boolean);
			this.tip.replaceChildren(...[
				title && make("strong", {}, title),
				make("span", { className: "text" }, (title ? text.slice(0, 220) : text.slice(0, 320)) || (title ? "" : "(empty document)")),
				make("span", { className: "of" }, dot(topicColour(topic)), topic.label, facts.map((fact) => make("span", {}, `· ${fact}`)))
			].filter(Boolean));
			this.tip.hidden = false;
			this.place();
		}
		/** Put the tip beside its point, inside the map. */
		place() {
			if (this.tip.hidden || !(this.shown >= 0)) return;
			const { camera, record } = this.app;
			const [px, py] = camera.toScreen(record.x[this.shown], record.y[this.shown]);
			const { offsetWidth: width, offsetHeight: height } = this.tip;
			const left = px + 16 + width < camera.width ? px + 16 : Math.max(px - 16 - width, 4);
			const top = Math.min(Math.max(py - height / 2, 8), Math.max(camera.height - height - 8, 8));
			this.tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
		}
	};
	// src/raster.js
	var MOST_PIXELS = 6e6;
	var MARGIN = .5;
	var SLICE = 8;
	var SLICE_AT_REST = 30;
	var SUBPIXELS = 4;
	/** Coverage of a disc, 0 to 256, for each of 4 × 4 places of its centre within a pixel: {side, reach, masks}. */
	function stamps(radius, opacity) {
		const side = Math.floor(2 * radius) + 2;
		const masks = [];
		for (let sub = 0; sub < SUBPIXELS ** 2; sub++) {
			const [cx, cy] = [sub % SUBPIXELS, Math.floor(sub / SUBPIXELS)].map((part) => radius + (part + .5) / SUBPIXELS);
			const mask = new Uint16Array(side * side);
			for (let i = 0; i < mask.length; i++) {
				let inside = 0;
				for (let s = 0; s < 16; s++) {
					const dx = i % side + (s % 4 + .5) / 4 - cx;
					const dy = Math.floor(i / side) + (Math.floor(s / 4) + .5) / 4 - cy;
					inside += dx * dx + dy * dy <= radius * radius;
				}
				mask[i] = Math.round(inside / 16 * opacity * 256);
			}
			masks.push(mask);
		}
		return {
			side,
			masks
		};
	}
	/** Lay one colour over premultiplied pixels through a stamp whose corner is at byte `at`. */
	function press(pixels, at, stride, mask, side, r, g, b) {
		let m = 0;
		for (let line = 0; line < side; line++, at += stride) for (let j = at, end = at + 4 * side; j < end; j += 4) {
			const cover = mask[m++];
			if (cover === 0) continue;
			pixels[j] += (r - pixels[j]) * cover >> 8;
			pixels[j + 1] += (g - pixels[j + 1]) * cover >> 8;
			pixels[j + 2] += (b - pixels[j + 2]) * cover >> 8;
			pixels[j + 3] += (255 - pixels[j + 3]) * cover >> 8;
		}
	}
	/** Colours as a canvas wants them: not multiplied by their opacity. */
	function unmultiply(pixels, from, to) {
		for (let j = from; j < to; j += 4) {
			const alpha = pixels[j + 3];
			if (alpha === 0 || alpha === 255) continue;
			const factor = 255 / alpha;
			pixels[j] = Math.min(255, pixels[j] * factor);
			pixels[j + 1] = Math.min(255, pixels[j + 1] * factor);
			pixels[j + 2] = Math.min(255, pixels[j + 2] * factor);
		}
	}
	/** A picture being painted: call `step(deadline)` until it says that it is done. */
	var Painting = class {
		constructor(image, cells, look, view) {
			Object.assign(this, {
				image,
				cells,
				look,
				view
			});
			this.pixels = new Uint8Array(image.data.buffer);
			this.pixels.fill(0);
			const halfX = image.width / 2 / (view.k * view.ratio);
			const halfY = image.height / 2 / (view.k * view.tall * view.ratio);
			const spans = cells.spans(view.x - halfX, view.y - halfY, view.x + halfX, view.y + halfY, 500);
			this.jobs = [];
			for (const state of [
				1,
				2,
				3
			].filter((one) => look.present[one])) {
				const radius = view.ratio * (state === 3 ? view.radius * 1.25 + .75 : view.radius);
				const opacity = state === 1 ? view.opacity.dim : state === 2 ? view.opacity.shown : 1;
				const stamp = stamps(Math.max(radius, .75), opacity);
				for (let s = 0; s < spans.length; s += 2) this.jobs.push({
					state,
					radius: Math.max(radius, .75),
					stamp,
					at: spans[s],
					to: spans[s + 1]
				});
			}
			this.job = 0;
			this.finished = 0;
		}
		step(deadline) {
			while (this.job < this.jobs.length) {
				if (performance.now() > deadline) return false;
				const job = this.jobs[this.job];
				const to = Math.min(job.at + 4096, job.to);
				this.#paint(job, to);
				job.at = to;
				if (to === job.to) this.job++;
			}
			while (this.finished < this.pixels.length) {
				if (performance.now() > deadline) return false;
				const to = Math.min(this.finished + 4e5, this.pixels.length);
				unmultiply(this.pixels, this.finished, to);
				this.finished = to;
			}
			return true;
		}
		#paint({ state, radius, stamp, at }, to) {
			const { pixels, cells, look, view, image } = this;
			const { colours, states } = look;
			const { side, masks } = stamp;
			const [xs, ys] = [cells.x, cells.y];
			const kx = view.k * view.ratio;
			const ky = kx * view.tall;
			const left = image.width / 2 - view.x * kx - radius;
			const top = image.height / 2 + view.y * ky - radius;
			const [right, bottom] = [image.width - side, image.height - side];
			for (let row = at; row < to; row++) {
				if (states[row] !== state) continue;
				const px = left + xs[row] * kx;
				const py = top - ys[row] * ky;
				if (px < 0 || py < 0 || px > right || py > bottom) continue;
				const [ix, iy] = [px | 0, py | 0];
				const sub = ((py - iy) * SUBPIXELS | 0) * SUBPIXELS + ((px - ix) * SUBPIXELS | 0);
				const c = 4 * row;
				press(pixels, 4 * (iy * image.width + ix), 4 * image.width, masks[sub], side, colours[c], colours[c + 1], colours[c + 2]);
			}
		}
	};
	var RasterPoints = class {
		constructor(canvas, glow) {
			this.kind = "raster";
			this.glow = glow;
			glow.picture.hidden = true;
			this.pictures = [0, 1].map(() => make("canvas", {
				className: "picture",
				"aria-hidden": "true",
				hidden: true
			}));
			canvas.before(...this.pictures);
			Object.assign(canvas, {
				width: 1,
				height: 1
			});
			this.shown = null;
			this.painting = null;
		}
		setCells(cells) {
			this.cells = cells;
		}
		/** Colours: four bytes a point; states: one. */
		setLook(colours, states) {
			const present = [
				0,
				0,
				0,
				0
			];
			for (let row = 0; row < states.length; row++) present[states[row]] = 1;
			this.look = {
				colours,
				states,
				present
			};
			this.painting = null;
		}
		/** Show what there is, and go on with the next picture; true while there is more to do. */
		draw(camera, radius, ratio, opacity) {
			this.#start(camera, radius, ratio, opacity);
			if (this.painting) {
				const urgent = this.shown?.look !== this.look || !covers(this.shown.view, camera, 0);
				if (this.painting.step(performance.now() + (urgent ? SLICE_AT_REST : SLICE))) this.#swap();
			}
			if (this.shown) place(this.shown.picture, this.shown.view, camera, ratio);
			return this.painting !== null || this.#wanted(camera, radius, ratio);
		}
		/** Paint to the end, at once. */
		finish(camera, radius, ratio, opacity) {
			while (this.draw(camera, radius, ratio, opacity));
		}
		#wanted(camera, radius, ratio) {
			const { shown } = this;
			if (!shown || shown.look !== this.look) return true;
			const { view } = shown;
			return !(view.k === camera.k && view.tall === camera.tall && view.radius === radius && view.ratio === ratio && view.windowWidth === camera.width && view.windowHeight === camera.height) || !covers(view, camera, .35);
		}
		#start(camera, radius, ratio, opacity) {
			if (this.painting || !this.#wanted(camera, radius, ratio)) return;
			const window = camera.width * camera.height * ratio * ratio;
			const margin = Math.min(MARGIN, Math.max(.08, (Math.sqrt(MOST_PIXELS / window) - 1) / 2));
			const width = Math.round(camera.width * (1 + 2 * margin) * ratio);
			const height = Math.round(camera.height * (1 + 2 * margin) * ratio);
			if (this.image?.width !== width || this.image.height !== height) this.image = new ImageData(width, height);
			const { x, y, k, tall, zoom } = camera;
			const view = {
				x,
				y,
				k,
				tall,
				zoom,
				ratio,
				radius,
				opacity,
				margin,
				width,
				height,
				windowWidth: camera.width,
				windowHeight: camera.height
			};
			this.painting = new Painting(this.image, this.cells, this.look, view);
		}
		#swap() {
			const { view, look } = this.painting;
			const picture = this.pictures.find((one) => one !== this.shown?.picture);
			if (picture.width !== view.width || picture.height !== view.height) {
				Object.assign(picture, {
					width: view.width,
					height: view.height
				});
				Object.assign(picture.style, {
					width: `${view.width / view.ratio}px`,
					height: `${view.height / view.ratio}px`
				});
			}
			const context = picture.getContext("2d", { willReadFrequently: true });
			context.putImageData(this.image, 0, 0);
			context.globalCompositeOperation = "destination-over";
			this.glow.paintOn(context, {
				...view,
				width: view.width / view.ratio,
				height: view.height / view.ratio
			}, view.ratio);
			context.globalCompositeOperation = "source-over";
			if (this.shown) this.shown.picture.hidden = true;
			picture.hidden = false;
			this.shown = {
				picture,
				view,
				look
			};
			this.painting = null;
		}
		/** What is shown, on another canvas of the window's size. */
		copyTo(context, camera, ratio) {
			const { picture, view } = this.shown;
			const { left, top, scaleX, scaleY } = corner(view, camera, ratio);
			context.drawImage(picture, left * ratio, top * ratio, picture.width * scaleX, picture.height * scaleY);
		}
	};
	/** Whether a picture reaches beyond all sides of the window, by a part of its margin. */
	function covers(view, camera, spare) {
		const [left, top] = camera.toScreen(view.x, view.y);
		const scaleX = camera.k / view.k;
		const scaleY = scaleX * (camera.tall / view.tall);
		const overX = (view.windowWidth * (1 + 2 * view.margin) * scaleX - camera.width) / 2 - Math.abs(left - camera.width / 2);
		const overY = (view.windowHeight * (1 + 2 * view.margin) * scaleY - camera.height) / 2 - Math.abs(top - camera.height / 2);
		return overX >= spare * view.margin * camera.width && overY >= spare * view.margin * camera.height;
	}
	function corner(view, camera, ratio) {
		const scaleX = camera.k / view.k;
		const scaleY = scaleX * (camera.tall / view.tall);
		const [x, y] = camera.toScreen(view.x, view.y);
		let left = x - view.width / view.ratio / 2 * scaleX;
		let top = y - view.height / view.ratio / 2 * scaleY;
		if (scaleX === 1 && scaleY === 1) [left, top] = [left, top].map((at) => Math.round(at * ratio) / ratio);
		return {
			left,
			top,
			scaleX,
			scaleY
		};
	}
	function place(picture, view, camera, ratio) {
		const { left, top, scaleX, scaleY } = corner(view, camera, ratio);
		picture.style.transform = `translate(${left}px, ${top}px) scale(${scaleX}, ${scaleY})`;
	}
	// src/tree.js
	/** Gives every branch its topic rows, its size and a number; leaves of the record are topic ids. */
	function branches(tree, topicById) {
		const all = [];
		const visit = (node, parent) => {
			if (typeof node === "number") return topicById.get(node);
			const branch = {
				key: all.length,
				parent,
				label: node.label
			};
			all.push(branch);
			branch.children = node.children.map((child) => visit(child, branch));
			branch.rows = branch.children.flatMap((child) => child.rows ?? [child.row]);
			branch.size = branch.children.reduce((total, child) => total + child.size, 0);
			return branch;
		};
		if (tree) visit(tree, null);
		return all;
	}
	var TopicTree = class {
		constructor(app) {
			this.app = app;
			this.root = byId("topic-tree");
			this.open = /* @__PURE__ */ new Set();
			this.items = [];
			const [trunk] = app.branches;
			if (trunk) this.root.replaceChildren(...this.#items(trunk.children, 1));
			this.root.addEventListener("keydown", (event) => this.#keys(event));
			this.root.querySelector("[role=treeitem]")?.setAttribute("tabindex", "0");
		}
		#items(nodes, level) {
			return [...nodes].sort((a, b) => b.size - a.size).map((node) => this.#item(node, level));
		}
		#item(node, level) {
			const branch = Boolean(node.children);
			const count = make("span", { className: "count" });
			const mark = make("span", {
				className: branch ? "twist" : "dot",
				"aria-hidden": "true"
			});
			const row = make("div", { className: "leaf" }, mark, make("span", { className: "label" }, node.label), count);
			const item = make("li", {
				role: "treeitem",
				tabIndex: -1,
				"aria-level": String(level),
				"aria-expanded": branch ? "false" : null
			}, row);
			const entry = {
				node,
				item,
				count,
				mark,
				level,
				group: null
			};
			this.items.push(entry);
			item.entry = entry;
			row.addEventListener("click", (event) => {
				this.#focus(item);
				if (event.target === mark && branch) this.#fold(entry);
				else this.#choose(entry);
			});
			return item;
		}
		#choose(entry) {
			const { node } = entry;
			if (!node.children) this.app.chooseTopic(this.app.filter.topic === node.id ? null : node.id);
			else {
				if (!entry.item.matches("[aria-expanded=true]")) this.#fold(entry, true);
				this.app.chooseBranch(this.app.filter.branch === node ? null : node);
			}
		}
		/** Open or close a branch; its items are made when it is first opened. */
		#fold(entry, open = entry.item.getAttribute("aria-expanded") !== "true") {
			if (!entry.group) {
				entry.group = make("ul", { role: "group" }, this.#items(entry.node.children, entry.level + 1));
				entry.item.append(entry.group);
				this.render();
			}
			entry.group.hidden = !open;
			entry.item.setAttribute("aria-expanded", String(open));
		}
		render() {
			const { app } = this;
			const hits = app.narrowed() ? app.counts() : null;
			for (const { node, item, count, mark } of this.items) {
				const rows = node.rows ?? [node.row];
				const found = hits ? rows.reduce((total, row) => total + hits[row], 0) : node.size;
				if (!node.children) mark.style.background = css(topicColour(node));
				count.textContent = number(found);
				item.classList.toggle("none", found === 0);
				item.setAttribute("aria-selected", String(node.children ? app.filter.branch === node : app.filter.topic === node.id));
				item.setAttribute("aria-label", `${node.label}, ${node.children ? `${rows.length} topics, ` : ""}${documents(found)}`);
			}
		}
		#focus(item) {
			this.root.querySelector("[tabindex=\"0\"]")?.setAttribute("tabindex", "-1");
			item.setAttribute("tabindex", "0");
			item.focus({ preventScroll: false });
		}
		#keys(event) {
			const item = event.target.closest("[role=treeitem]");
			if (!item) return;
			const { entry } = item;
			const shown = [...this.root.querySelectorAll("[role=treeitem]")].filter((one) => !one.parentElement.closest("[hidden]"));
			const at = shown.indexOf(item);
			const expanded = item.getAttribute("aria-expanded");
			const go = (to) => to && this.#focus(to);
			const act = {
				ArrowDown: () => go(shown[at + 1]),
				ArrowUp: () => go(shown[at - 1]),
				Home: () => go(shown[0]),
				End: () => go(shown[shown.length - 1]),
				ArrowRight: () => expanded === "false" ? this.#fold(entry, true) : expanded === "true" && go(shown[at + 1]),
				ArrowLeft: () => expanded === "true" ? this.#fold(entry, false) : go(item.parentElement.closest("[role=treeitem]")),
				Enter: () => this.#choose(entry),
				" ": () => this.#choose(entry)
			}[event.key];
			if (!act) return;
			event.preventDefault();
			event.stopPropagation();
			act();
		}
	};
	// src/webgl.js
	var VERTEX = `#version 300 es
uniform vec4 view; // x, y of the centre; clip units a map unit in x and y
uniform float size;
uniform float pass;
in vec2 place;
in vec4 colour;
in float state;
out vec4 fill;
void main() {
  // 0 hidden, 1 dimmed, 2 shown, 3 chosen; the first pass draws the dimmed, the second the shown, the third the chosen.
  bool drawn = abs(state - pass) < 0.5;
  gl_Position = drawn ? vec4((place - view.xy) * view.zw, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = state > 2.5 ? size * 1.25 + 1.5 : size;
  fill = colour;
}`;
	var FRAGMENT = `#version 300 es
precision highp float; // as in the vertex shader: they share a uniform
uniform float size;
uniform float opacity;
in vec4 fill;
out vec4 result;
void main() {
  float distance = length(gl_PointCoord - 0.5) * 2.0;
  float soft = min(1.0, 2.5 / size);
  float cover = 1.0 - smoothstep(1.0 - soft, 1.0, distance);
  float alpha = fill.a * opacity * cover;
  result = vec4(fill.rgb * alpha, alpha);
}`;
	var SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;
	function rendererOf(gl) {
		const names = gl.getExtension("WEBGL_debug_renderer_info");
		return String(gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
	}
	var WebGLPoints = class WebGLPoints {
		/** Null where the browser gives no WebGL 2, one that does not run, or one without a graphics card (unless `anyhow`). */
		static create(canvas, anyhow) {
			const gl = canvas.getContext("webgl2", {
				antialias: false,
				premultipliedAlpha: true,
				preserveDrawingBuffer: true,
				failIfMajorPerformanceCaveat: !anyhow
			});
			if (!gl || !anyhow && SOFTWARE.test(rendererOf(gl))) return null;
			const points = new WebGLPoints(canvas, gl);
			return gl.getProgramParameter(points.program, gl.LINK_STATUS) ? points : null;
		}
		constructor(canvas, gl) {
			this.kind = "webgl";
			this.canvas = canvas;
			this.gl = gl;
			canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
			canvas.addEventListener("webglcontextrestored", () => {
				this.#build();
				this.setCells(this.cells);
				this.setLook(this.look.colours, this.look.states);
				this.onrestored?.();
			});
			this.#build();
		}
		#build() {
			const { gl } = this;
			const program = gl.createProgram();
			for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
				const shader = gl.createShader(kind);
				gl.shaderSource(shader, source);
				gl.compileShader(shader);
				gl.attachShader(program, shader);
			}
			gl.linkProgram(program);
			this.program = program;
			if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return;
			gl.useProgram(program);
			this.uniforms = Object.fromEntries([
				"view",
				"size",
				"pass",
				"opacity"
			].map((name) => [name, gl.getUniformLocation(program, name)]));
			this.buffers = {};
			for (const [name, width, type, normal] of [
				[
					"place",
					2,
					gl.UNSIGNED_SHORT,
					false
				],
				[
					"colour",
					4,
					gl.UNSIGNED_BYTE,
					true
				],
				[
					"state",
					1,
					gl.UNSIGNED_BYTE,
					false
				]
			]) {
				const at = gl.getAttribLocation(program, name);
				this.buffers[name] = gl.createBuffer();
				gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
				gl.enableVertexAttribArray(at);
				gl.vertexAttribPointer(at, width, type, normal, 0, 0);
			}
			gl.enable(gl.BLEND);
			gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
		}
		#send(name, values, usage) {
			this.gl.bindBuffer(this.gl.ARRAY_BUFFER, this.buffers[name]);
			this.gl.bufferData(this.gl.ARRAY_BUFFER, values, usage);
		}
		setCells(cells) {
			this.cells = cells;
			const pairs = new Uint16Array(2 * cells.n);
			for (let row = 0; row < cells.n; row++) {
				pairs[2 * row] = cells.x[row];
				pairs[2 * row + 1] = cells.y[row];
			}
			this.#send("place", pairs, this.gl.STATIC_DRAW);
		}
		/** Colours: four bytes a point; states: one. */
		setLook(colours, states) {
			this.look = {
				colours,
				states
			};
			this.passes = [
				1,
				2,
				3
			].filter((state) => states.includes(state));
			this.#send("colour", colours, this.gl.DYNAMIC_DRAW);
			this.#send("state", states, this.gl.DYNAMIC_DRAW);
		}
		draw(camera, radius, ratio, opacity) {
			const { gl, canvas, uniforms } = this;
			const [width, height] = [camera.width, camera.height].map((side) => Math.round(side * ratio));
			if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, {
				width,
				height
			});
			gl.viewport(0, 0, canvas.width, canvas.height);
			gl.clearColor(0, 0, 0, 0);
			gl.clear(gl.COLOR_BUFFER_BIT);
			if (!this.cells.n || !this.passes) return false;
			gl.uniform4f(uniforms.view, camera.x, camera.y, 2 * camera.k / camera.width, 2 * camera.k * camera.tall / camera.height);
			gl.uniform1f(uniforms.size, Math.max(2 * radius * ratio, 1.5));
			const spans = this.cells.spans(...camera.box(.02), 5e3);
			for (const pass of this.passes) {
				gl.uniform1f(uniforms.pass, pass);
				gl.uniform1f(uniforms.opacity, pass === 1 ? opacity.dim : pass === 2 ? opacity.shown : 1);
				for (let s = 0; s < spans.length; s += 2) gl.drawArrays(gl.POINTS, spans[s], spans[s + 1] - spans[s]);
			}
			return false;
		}
		finish(camera, radius, ratio, opacity) {
			this.draw(camera, radius, ratio, opacity);
		}
		copyTo(context) {
			context.drawImage(this.canvas, 0, 0);
		}
	};
	// src/main.js
	var FEW = 2e3;
	/** Points on the graphics card where there is one. `#points=webgl` and `#points=raster` in the address choose. */
	function pointsOn(canvas, glow) {
		const wish = location.hash.match(/points=(\w+)/)?.[1];
		return (wish === "raster" ? null : WebGLPoints.create(canvas, wish === "webgl")) ?? new RasterPoints(canvas, glow);
	}
	var Explorer = class {
		constructor(record) {
			this.record = record;
			record.topics.forEach((topic, row) => topic.row = row);
			this.topicById = new Map(record.topics.map((topic) => [topic.id, topic]));
			this.branches = branches(record.tree, this.topicById);
			this.texts = new Texts(record.chunk, record.n);
			this.filter = {
				topic: null,
				branch: null,
				terms: [],
				matches: null,
				classCode: null,
				bin: null,
				region: null
			};
			this.filters = new Filters(record.n);
			this.opened = null;
			this.pointed = -1;
			this.colourBy = "topic";
			this.outliers = true;
			this.searches = 0;
			this.colours = new Uint8Array(4 * record.n);
			this.states = new Uint8Array(record.n);
			this.stage = byId("stage");
			this.camera = new Camera();
			this.glow = new Glow(byId("glow"));
			this.points = pointsOn(byId("points"), this.glow);
			this.points.onrestored = () => this.draw();
			this.points.setCells(record.cells);
			this.names = new Names(byId("names"));
			this.names.setTopics(record.topics);
			offer(this);
			this.#look();
			this.measure();
		}
		/** All that is not needed for the first picture of the map. */
		furnish() {
			this.list = new TopicList(this);
			this.tree = new TopicTree(this);
			this.panel = new Panel(this);
			this.pointer = new Pointer(this);
			listen(this);
			this.refresh();
			new ResizeObserver(() => this.measure()).observe(this.stage);
			onThemeChange(() => this.refresh());
			window.addEventListener("beforeprint", () => this.#freeze());
			window.addEventListener("afterprint", () => this.#thaw());
		}
		/** Rows of the chosen topics, or null. */
		chosen() {
			const { topic, branch } = this.filter;
			if (branch) return new Set(branch.rows);
			return topic === null ? null : /* @__PURE__ */ new Set([this.topicById.get(topic).row]);
		}
		/** Whether there is a filter beside the chosen topics and the kinds in `except`. */
		narrowed(except = 0) {
			return (this.filters.active & ~(33 | except)) !== 0;
		}
		anyFilter() {
			return (this.filters.active & -33) !== 0;
		}
		/** Documents of each topic that pass all other filters. */
		counts() {
			if (!this.narrowed()) return this.record.topics.map((topic) => topic.size);
			return this.counted ??= this.filters.tally(this.record.topicRows, this.record.topics.length, 33);
		}
		found() {
			return this.rows ??= this.filters.rows();
		}
		chooseTopic(id) {
			const topic = this.topicById.get(id) ?? null;
			this.#choose({
				topic: id,
				branch: null
			}, topic && topic.id >= 0 && topic.box, topic ? `${topic.label}, ${documents(topic.size)}` : "All topics");
		}
		chooseBranch(branch) {
			const boxes = branch?.rows.map((row) => this.record.topics[row].box) ?? [];
			const box = boxes.length && [
				0,
				1,
				2,
				3
			].map((side) => boxes.reduce((far, one) => Math[side < 2 ? "min" : "max"](far, one[side]), side < 2 ? Infinity : -Infinity));
			this.#choose({
				topic: null,
				branch
			}, box, branch ? `${branch.label}, ${branch.rows.length} topics, ${documents(branch.size)}` : "All topics");
		}
		#choose(patch, box, said) {
			Object.assign(this.filter, patch);
			this.opened = null;
			const rows = this.chosen();
			const { topicRows } = this.record;
			this.filters.set(1, rows && (rows.size === 1 ? only(topicRows, rows.values().next().value) : (row) => rows.has(topicRows[row])));
			this.refresh();
			this.panel.top();
			this.list.reveal();
			if (box) this.fly(this.camera.around(box, .22), true);
			this.say(said);
		}
		/** Change the filters other than the topic: any of terms with matches, classCode, bin, region; null takes one away. */
		narrow(patch) {
			const { record } = this;
			if (patch.terms && !patch.terms.length) {
				byId("search").value = "";
				this.searches++;
				patch = {
					...patch,
					matches: null
				};
			}
			Object.assign(this.filter, patch);
			const { matches, classCode, bin, region } = this.filter;
			if ("matches" in patch) this.filters.set(2, matches && ((row) => matches[row] === 1));
			if ("classCode" in patch) this.filters.set(4, classCode === null ? null : only(record.classRows, classCode));
			if ("bin" in patch) this.filters.set(8, bin === null ? null : only(record.bins, bin));
			if ("region" in patch) {
				const { x, y } = record;
				this.filters.set(16, region && ((row) => x[row] >= region[0] && x[row] <= region[2] && y[row] >= region[1] && y[row] <= region[3]));
			}
			this.opened = null;
			this.refresh();
			this.say(`${documents(this.found().length)} on the map`);
		}
		searchFor(text) {
			byId("search").value = text;
			this.search();
		}
		async search() {
			const terms = fold(byId("search").value).split(/\s+/).filter(Boolean);
			const search = ++this.searches;
			if (!terms.length) {
				if (this.filter.terms.length) this.narrow({ terms: [] });
				return;
			}
			const form = byId("search-form");
			const matches = await this.texts.search(terms, this.record.n, () => search !== this.searches, (part) => form.style.setProperty("--searched", part));
			if (search === this.searches) form.style.setProperty("--searched", 0);
			if (matches) this.narrow({
				terms,
				matches
			});
		}
		open(row) {
			this.opened = row;
			this.panel.render().then(() => this.panel.top());
			this.draw();
			if (row === null) return;
			const [px, py] = this.camera.toScreen(this.record.x[row], this.record.y[row]);
			const { width, height, k } = this.camera;
			if (!(px > 40 && py > 40 && px < width - 40 && py < height - 40)) this.fly({
				x: this.record.x[row],
				y: this.record.y[row],
				k
			});
		}
		/** Ring the document that the pointer is at, on the map or in a list. */
		point(row) {
			if (row === this.pointed) return;
			this.pointed = row;
			this.draw();
		}
		clear() {
			if (this.opened !== null) this.open(null);
			else if (this.anyFilter()) {
				this.filters.set(1, null);
				this.narrow({
					topic: null,
					branch: null,
					classCode: null,
					bin: null,
					region: null,
					terms: []
				});
			}
		}
		fly(view, gently = false) {
			const target = gently ? {
				...view,
				k: Math.min(view.k, this.camera.home.k * 5)
			} : view;
			this.camera.flyTo(target, () => this.draw());
		}
		say(text) {
			byId("announce").textContent = text;
		}
		measure() {
			const { width, height } = this.stage.getBoundingClientRect();
			if (!width || !height || window.matchMedia("print").matches) return;
			this.ratio = Math.min(window.devicePixelRatio || 1, 2);
			const { camera } = this;
			const atHome = camera.width === 1 || Math.abs(camera.zoom - 1) < 1e-6;
			camera.resize(width, height);
			camera.stretch(this.record.view);
			camera.home = camera.around(this.record.view, .07);
			if (atHome) camera.set(camera.home);
			this.drawNow();
		}
		/** Everything anew after a change of filters, colours or theme. */
		refresh() {
			const outlierRow = this.record.topics.findIndex((topic) => topic.id < 0);
			const hide = !this.outliers && this.filter.topic !== -1;
			if (hide !== Boolean(this.filters.active & 32)) this.filters.set(32, hide && not(only(this.record.topicRows, outlierRow)));
			this.counted = this.rows = null;
			this.#look();
			legend(this);
			this.list.render();
			this.tree.render();
			this.panel.render();
			this.draw();
		}
		/** Colours of the points, and their states: 0 hidden, 1 dimmed, 2 shown, 3 one of few found. */
		#look() {
			const { record, states, filters } = this;
			const { fails } = filters;
			const filtering = this.anyFilter();
			const grey = !filtering && this.colourBy === "topic" ? record.topics.findIndex((topic) => topic.id < 0) : -1;
			const passing = filtering && this.found().length <= Math.min(FEW, record.n / 4) ? 3 : 2;
			for (let row = 0; row < record.n; row++) if (fails[row] === 0) states[row] = record.topicRows[row] === grey ? 1 : passing;
			else states[row] = fails[row] & 32 ? 0 : 1;
			this.#colour();
			this.names.forget();
			this.points.setLook(this.colours, states);
			this.glow.paint(record.x, record.y, this.colours, (row) => states[row] >= 2, isDark() ? .3 : .26);
		}
		#colour() {
			const { record } = this;
			const [codes, palette] = {
				topic: () => [record.topicRows, record.topics.map(topicColour)],
				time: () => [record.bins, this.ranks().map(rampColour)],
				class: () => [record.classRows, record.classNames.map((_, code) => classColour(code))]
			}[this.colourBy]();
			const bytes = new Uint8Array([...palette, topicColour({ id: -1 })].flatMap((rgb) => [...rgb, 255]));
			const whole = new Uint32Array(bytes.buffer);
			const colours = new Uint32Array(this.colours.buffer);
			for (let row = 0; row < record.n; row++) colours[row] = whole[codes[row] >= 0 ? codes[row] : palette.length];
		}
		/** Share of the documents before the middle of each bin: half of the documents lie in either half of the ramp. */
		ranks() {
			const sizes = this.record.overTime.reduce((total, row) => total.map((value, i) => value + row[i]));
			const whole = sizes.reduce((a, b) => a + b, 0) || 1;
			let before = 0;
			return sizes.map((size) => ((before += size) - size / 2) / whole);
		}
		/** The hint has done its work once somebody moves the map. */
		moved() {
			byId("gesture").hidden = true;
		}
		draw() {
			if (this.waiting) return;
			this.waiting = true;
			requestAnimationFrame(() => this.drawNow());
		}
		#points(how) {
			const { record, camera, ratio } = this;
			const radius = Math.min(13 * record.n ** -.2 * Math.min(camera.zoom, 60) ** .38, 9);
			const opacity = {
				dim: this.anyFilter() ? .13 : .5,
				shown: record.n > 1e5 ? .55 : .85
			};
			return {
				radius,
				more: this.points[how](camera, radius, ratio, opacity)
			};
		}
		drawNow() {
			this.waiting = false;
			const { camera, ratio } = this;
			if (!ratio) return;
			const { radius, more } = this.#points("draw");
			if (this.points.kind === "webgl") this.glow.draw(camera);
			this.names.draw(camera, ratio, this.narrowed() ? this.counts() : null, this.chosen(), this.colourBy !== "topic", () => this.#covered());
			this.#ring(byId("ring-opened"), this.opened ?? -1, radius);
			this.#ring(byId("ring-pointed"), this.pointed, radius);
			this.pointer?.place();
			if (more) this.draw();
			else if (!this.standing) this.standing = performance.mark("map");
		}
		/** What of the map lies under the legend and the tools. */
		#covered() {
			const stage = this.stage.getBoundingClientRect();
			return [...this.stage.querySelectorAll("#legend, .tools")].map((one) => one.getBoundingClientRect()).map(({ left, top, width, height }) => ({
				x: left - stage.left + width / 2,
				y: top - stage.top + height / 2,
				width,
				height
			}));
		}
		#ring(ring, row, radius) {
			ring.hidden = row < 0;
			if (row < 0) return;
			const [px, py] = this.camera.toScreen(this.record.x[row], this.record.y[row]);
			const side = 2 * radius + 11;
			Object.assign(ring.style, {
				width: `${side}px`,
				height: `${side}px`,
				transform: `translate(${px - side / 2}px, ${py - side / 2}px)`
			});
		}
		/** The whole map on a canvas of its own, for paper and for tests. */
		picture() {
			const { camera, ratio } = this;
			this.#points("finish");
			this.drawNow();
			const whole = make("canvas", {
				width: Math.round(camera.width * ratio),
				height: Math.round(camera.height * ratio)
			});
			const context = whole.getContext("2d");
			if (this.points.kind === "webgl") this.glow.paintOn(context, camera, ratio);
			this.points.copyTo(context, camera, ratio);
			this.names.copyTo(context, camera, ratio);
			return whole;
		}
		/** Paper is light, and canvases lose what they show when the page is laid out anew: print a picture of the map. */
		#freeze() {
			this.themeBefore = document.documentElement.dataset.theme;
			setTheme("light");
			this.refresh();
			byId("still").src = this.picture().toDataURL("image/png");
		}
		#thaw() {
			setTheme(this.themeBefore);
			this.refresh();
		}
	};
	var only = (codes, code) => (row) => codes[row] === code;
	var not = (test) => (row) => !test(row);
	readRecord().then((record) => {
		byId("points").setAttribute("aria-label", `Map of ${documents(record.n)}`);
		const explorer = new Explorer(record);
		window.explorer = explorer;
		requestAnimationFrame(() => setTimeout(() => {
			explorer.furnish();
			document.documentElement.dataset.ready = "true";
		}));
	});
})();
