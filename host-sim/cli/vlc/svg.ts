/** Drawings as SVG text: axes, lines, points. Enough for the curves of `argand vlc`, and nothing to install. */

export type Axis = {
  readonly from: number;
  readonly to: number;
  readonly title: string;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
};

const WIDTH = 860;
const USUAL_HEIGHT = 560;
const LEFT = 80;
const RIGHT = 150;
const TOP = 50;
const BOTTOM = 60;

/** Colours that people tell apart (Okabe and Ito), and one more. */
export const COLOURS: readonly string[] = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#000000",
  "#8c564b",
  "#999999",
];

export class Drawing {
  readonly #x: Axis;
  readonly #y: Axis;
  readonly height: number;
  readonly #parts: string[] = [];
  #legend = 0;

  constructor(title: string, x: Axis, y: Axis, height = USUAL_HEIGHT) {
    this.#x = x;
    this.#y = y;
    this.height = height;
    this.#text(LEFT, TOP - 20, title, "start", 16);
    for (const { at, text } of x.ticks) {
      this.#rule(this.#left(at), TOP, this.#left(at), this.height - BOTTOM);
      this.#text(this.#left(at), this.height - BOTTOM + 18, text, "middle", 12);
    }
    for (const { at, text } of y.ticks) {
      this.#rule(LEFT, this.#top(at), WIDTH - RIGHT, this.#top(at));
      this.#text(LEFT - 8, this.#top(at) + 4, text, "end", 12);
    }
    this.#text((LEFT + WIDTH - RIGHT) / 2, this.height - 18, x.title, "middle", 13);
    this.#parts.push(
      `<text transform="translate(20 ${(TOP + this.height - BOTTOM) / 2}) rotate(-90)" text-anchor="middle" font-size="13">${escaped(y.title)}</text>`,
    );
  }

  /** Pieces outside of the axes are left out. */
  line(points: readonly (readonly [number, number])[], colour: string, opacity = 1, width = 1.5): void {
    const places = points
      .filter(([x, y]) => this.#holds(x, y))
      .map(([x, y]) => `${round(this.#left(x))},${round(this.#top(y))}`);
    if (places.length < 2) return;
    this.#parts.push(
      `<polyline fill="none" stroke="${colour}" stroke-width="${width}" stroke-opacity="${opacity}" points="${places.join(" ")}"/>`,
    );
  }

  ring(x: number, y: number, colour: string): void {
    if (!this.#holds(x, y)) return;
    this.#parts.push(
      `<circle cx="${round(this.#left(x))}" cy="${round(this.#top(y))}" r="4" fill="none" stroke="${colour}"/>`,
    );
  }

  legend(text: string, colour: string): void {
    const y = TOP + 12 + 18 * this.#legend++;
    const x = WIDTH - RIGHT + 12;
    this.#parts.push(
      `<line x1="${x}" y1="${y - 4}" x2="${x + 20}" y2="${y - 4}" stroke="${colour}" stroke-width="2"/>`,
    );
    this.#text(x + 26, y, text, "start", 12);
  }

  /** A line of text below the legend. */
  note(text: string): void {
    this.#text(WIDTH - RIGHT + 12, TOP + 12 + 18 * this.#legend++, text, "start", 12);
  }

  toString(): string {
    return stacked([this]);
  }

  /** The parts, to stand in a drawing at some height. */
  at(top: number): string {
    return [`<g transform="translate(0 ${top})">`, ...this.#parts, "</g>"].join("\n");
  }

  #holds(x: number, y: number): boolean {
    return x >= this.#x.from && x <= this.#x.to && y >= this.#y.from && y <= this.#y.to;
  }

  #left(x: number): number {
    return LEFT + ((x - this.#x.from) / (this.#x.to - this.#x.from)) * (WIDTH - LEFT - RIGHT);
  }

  #top(y: number): number {
    return this.height - BOTTOM - ((y - this.#y.from) / (this.#y.to - this.#y.from)) * (this.height - TOP - BOTTOM);
  }

  #rule(x1: number, y1: number, x2: number, y2: number): void {
    this.#parts.push(
      `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="#dddddd"/>`,
    );
  }

  #text(x: number, y: number, text: string, anchor: "start" | "middle" | "end", size: number): void {
    this.#parts.push(
      `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-size="${size}">${escaped(text)}</text>`,
    );
  }
}

/** One below the other. */
export function stacked(drawings: readonly Drawing[]): string {
  let top = 0;
  const parts = drawings.map((drawing) => {
    const placed = drawing.at(top);
    top += drawing.height;
    return placed;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" font-family="sans-serif">`,
    `<rect width="${WIDTH}" height="${top}" fill="#ffffff"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
}
