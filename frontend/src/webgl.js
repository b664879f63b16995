// Points with WebGL 2: positions stay on the card, colours and states are sent when they change.

const VERTEX = `#version 300 es
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

const FRAGMENT = `#version 300 es
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

// Drivers that let the processor do the work; not every browser counts them as a caveat.
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

function rendererOf(gl) {
  const names = gl.getExtension("WEBGL_debug_renderer_info");
  return String(gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}

export class WebGLPoints {
  /** Null where the browser gives no WebGL 2, one that does not run, or one without a graphics card (unless `anyhow`). */
  static create(canvas, anyhow) {
    const gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true, preserveDrawingBuffer: true, failIfMajorPerformanceCaveat: !anyhow });
    if (!gl || (!anyhow && SOFTWARE.test(rendererOf(gl)))) return null;
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
    this.uniforms = Object.fromEntries(["view", "size", "pass", "opacity"].map((name) => [name, gl.getUniformLocation(program, name)]));
    this.buffers = {};
    for (const [name, width, type, normal] of [["place", 2, gl.UNSIGNED_SHORT, false], ["colour", 4, gl.UNSIGNED_BYTE, true], ["state", 1, gl.UNSIGNED_BYTE, false]]) {
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
    this.look = { colours, states };
    this.passes = [1, 2, 3].filter((state) => states.includes(state));
    this.#send("colour", colours, this.gl.DYNAMIC_DRAW);
    this.#send("state", states, this.gl.DYNAMIC_DRAW);
  }

  draw(camera, radius, ratio, opacity) {
    const { gl, canvas, uniforms } = this;
    const [width, height] = [camera.width, camera.height].map((side) => Math.round(side * ratio));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (!this.cells.n || !this.passes) return false;
    gl.uniform4f(uniforms.view, camera.x, camera.y, (2 * camera.k) / camera.width, (2 * camera.k * camera.tall) / camera.height);
    gl.uniform1f(uniforms.size, Math.max(2 * radius * ratio, 1.5));
    const spans = this.cells.spans(...camera.box(0.02), 5000);
    for (const pass of this.passes) {
      gl.uniform1f(uniforms.pass, pass);
      gl.uniform1f(uniforms.opacity, pass === 1 ? opacity.dim : pass === 2 ? opacity.shown : 1);
      for (let s = 0; s < spans.length; s += 2) gl.drawArrays(gl.POINTS, spans[s], spans[s + 1] - spans[s]);
    }
    return false; // nothing is left for the next frame
  }

  finish(camera, radius, ratio, opacity) {
    this.draw(camera, radius, ratio, opacity);
  }

  copyTo(context) {
    context.drawImage(this.canvas, 0, 0);
  }
}
