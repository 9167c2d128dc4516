/** Why a program could not be run in XS, or how it ended there. */

/** Base of all: `code` names the case, the message is for people. */
export class XsError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "XsError";
    this.code = code;
  }
}

/** The engine could not be had: no compiler, no registry, a package that is not the pinned one. */
export class XsBuildError extends XsError {
  constructor(message: string) {
    super("build", message);
    this.name = "XsBuildError";
  }
}

/** The program ended in the way that the host's exit code names (host/host.h). */
export class XsRunError extends XsError {
  readonly exitCode: number;
  /** What the guest threw or what XS said, whole. */
  readonly detail: string;

  constructor(exitCode: number, detail: string) {
    const ending = ENDINGS[exitCode] ?? { code: "other", text: `XS ended with code ${exitCode}` };
    super(ending.code, detail === "" ? ending.text : `${ending.text}: ${detail}`);
    this.name = "XsRunError";
    this.exitCode = exitCode;
    this.detail = detail;
  }
}

const ENDINGS: { readonly [exitCode: number]: { readonly code: string; readonly text: string } } = {
  2: { code: "usage", text: "the XS host was called wrongly" },
  11: { code: "memory", text: "the program needs more memory than it was given" },
  12: { code: "stack", text: "the program needs more stack than it was given" },
  13: { code: "keys", text: "the program has more names than XS can hold" },
  15: { code: "exception", text: "the program threw" },
  17: { code: "meter", text: "the program ran longer than its limit" },
  21: { code: "world", text: "the simulated world failed" },
  18: { code: "rejection", text: "the program left a promise rejected" },
};
