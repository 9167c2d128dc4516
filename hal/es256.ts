/**
 * ECDSA on P-256 with SHA-256 (FIPS 186-5 section 6.4) for a platform that cannot sign by itself. The nonce follows from key and
 * message (RFC 6979), so that no weak chance of a device ever gives its key away.
 *
 * In BigInts, because XS multiplies them in C. Which operations run does not depend on the key (a fixed comb of signed digits,
 * inverses by Fermat), but how long one takes depends on the length of its numbers: **it is not constant-time**. Who can measure a gateway's power or its radiation can find its key; that needs a secure element.
 */
import type { Signer } from "./crypto";

/** The curve (SP 800-186 section 3.2.1.3): field, order. Its coefficient a is -3; b is not needed. */
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Key, hash and coordinate. */
const BYTES = 32;
/** Of the comb: a scalar is read in columns of six digits that are 43 apart; each digit is 1 or -1. */
const ROWS = 6;
const COLUMNS = 43;
/** Bits of the digits above the first: 2^258 - 1. */
const ALL_DIGITS = (1n << BigInt(ROWS * COLUMNS)) - 1n;

/**
 * 2^215 G + sum over i of (bit i of the position ? 2^(43 i) G : -2^(43 i) G), x and y. Made by @noble/curves, checked by the test
 * against it; they lie in ROM.
 * In objects: of BigInts in an array the SDK (8.2.3) loses count when it links, and xsl dies.
 */
const COMB: readonly { readonly x: bigint; readonly y: bigint }[] = [
  {
    x: 0x16e4abe60c4b18a476fdab0db59c1ac3767855b4118be0113bd04bb679f1952dn,
    y: 0x2cb99cfc850675e8fb8db58ec8c2c216c1fb57740fb8f754c4716379d3a5af5dn,
  },
  {
    x: 0xf00e4339634a1d28a5d141bfc264423cf25f7cbc1554c3d0c803d606090d092an,
    y: 0x5013e1e07db3427fa6e84f048a559dfb899c7cbe14da4163040f0752cc47c9ban,
  },
  {
    x: 0x79e3eb104171231534b5642ec651c52acc67d205b16b5a476fbd84f43e930576n,
    y: 0xc6f8990c1523534a1122f0918fa9a8730966c53d415973862da56b7309f87a59n,
  },
  {
    x: 0x708bb8f851fe7b8e6f854b3d9a689ef4f3c4b3b00604881cdc52945c4b2c7cb5n,
    y: 0x06da7aee3bcc6c4fa7cb53b19b53386c6b05efd1d73c18961cf468ffe87c90bcn,
  },
  {
    x: 0x6b9b3919b29c56efe49da18c794b557234e6ea5553a1cabc1530c239cf725d71n,
    y: 0x87e1f0eec3e2ddfa6455ce06903a14ae0f878d875350c88d9cd28b3f218e740an,
  },
  {
    x: 0xa18ada01b459f28e93b364aaaf7bc52d6e03d1305d7afa38747e9845007264fen,
    y: 0x159a4ccc8d26dbecaaa8abb028ce1ee147be449a768f28112465ad5446b59886n,
  },
  {
    x: 0x4baf4df8ea79377ba235a26109e3787cc84449f23e5760dce3ac0eb90118e54bn,
    y: 0x721d664a908c70b9acfe90ec44dc9ae3076b245d49f0e8f08d9d8dc4787ba563n,
  },
  {
    x: 0x6f08b1861fff9e25f969ce2bc64d7f3665e56120daea05ac23445d3fc2e859fbn,
    y: 0xa9401bb33cd3db1ac1e31a2f05cfa50b1d0a0d9f833cddb0cf51e928ae30362fn,
  },
  {
    x: 0xbfb342fdca18b07d325408e05d5302475a9a32a5124f22d56d7c3fa77f82440cn,
    y: 0x31975005fb8ca3d7fb0c06375b5599680b50392d0e7b947c9fc58f2430dc8cccn,
  },
  {
    x: 0x70b6c627a25bd699d8aef3efb030547a8d2056ca61dc37f2aee513e18a93ce62n,
    y: 0x81af1ba404d1ad9dd4f92ca42847382d2ed738c960fff4095fee3d436c3392een,
  },
  {
    x: 0x5e654fc5b099bed70a385130af2c1f8828795ff0dd62ea4082334b03f9f48df1n,
    y: 0x54dbda6ea227182a376c2915576bcb6ef2b75b5509fcb1b447593ae58a1c8b72n,
  },
  {
    x: 0x3b411c8b64b1f1030c24f4f30527b7def5d26dd457896e0f6afcf2a7e2a337e1n,
    y: 0x3e93f88e302cabbedff8533c4c6bcd9692e499346d98f164c960a25dc91fb8e3n,
  },
  {
    x: 0xc5f3a1c3396457e841d320b78a98d39a1e96954e2757e079268a5234fae300dan,
    y: 0x69ba87b8681a23047ec45ab35c03df0fd41699784393b5f638eda1f12f78a0a6n,
  },
  {
    x: 0x01078ac1d1cfcc5dea20bbb64e572ce88522f4c8c6b4161a216b0e512c6e57cbn,
    y: 0xeff624c7d0fb0a1078183aec74fa21acf12b2e60d0c6fdd35022d094bed01d25n,
  },
  {
    x: 0x451404ec7707110437f0270c5c3adeccb4a67537d9e75b09f3060fef4c3b39f7n,
    y: 0xf8d4cc826e2f229d9e6cb67d19205542e5a19b768f4538b80334154a46d65448n,
  },
  {
    x: 0x6939a5e4fd9e966b9c8b3d262afab3d5ac0ded40938d674c4093a8c3375a54b7n,
    y: 0x0e419d291ac3e74487fde95ca1f400d93b12335e3e04d4a78fbbb8436252ebaan,
  },
  {
    x: 0x81b0578ae622e0edee4949fccf80002699b64dffc5863618c3af0f38d4469bf3n,
    y: 0x2847687b1dc8e6aca16ceed7cf3d90ac8526823c0cdbe1c616872a5ea4d6bbacn,
  },
  {
    x: 0xe000bb7fa11fb4c163eb69ad4f6a0575d48d9981517fa7c40828c3e6fadada30n,
    y: 0x1e2b4202503114f67612c6dc371a45c913ea935910e9ef5dec53f28ad61ff297n,
  },
  {
    x: 0x3e13e433593e8ad720bf8225502a175d945d7c226910b073d1239e0b1a7db624n,
    y: 0x42d5dcb991f915a2503055a496329a649cde5707bf816623686ab327d780f253n,
  },
  {
    x: 0x391cfd558de81f4a70288953819f9606f951c64977f60379b90d2042f1f79ef8n,
    y: 0x3bb2c5bcabd9c54d33fb6e66b41ce386bf171620c18ed6b7b2fd1e0c2f8da33en,
  },
  {
    x: 0xefa51eba21326c8b6e689b1e6338a4966a20ad982e53933916c90dc2131fc711n,
    y: 0xa9bb5340181431f41054084bbc79b4add5e03bcfa27c00985073fe6712142137n,
  },
  {
    x: 0xe80cb386ac2ef48373cad5b56a3ee90b12737892ec00ad80a7ab395da0285a0cn,
    y: 0x505c3b531af78ee9d2a0b7fdd20d4e04778ad7d788f8e0cf9571a01e252799f7n,
  },
  {
    x: 0x7fe2602b94d17c8fc0f727df8531f8559724b53050345b7a0e47b714aec193d7n,
    y: 0x454091a68c2c753ca9c07d7aeba6623ff4ae3293d8a94ffcb59aecf0f3a67f01n,
  },
  {
    x: 0x94356e3b4b6f715726815a04a62eb0321f171b124f9fa00fbe32211d37f42a75n,
    y: 0x6298e2753c56337548f4accf9c17099180bf3ecbbefdea0002d26f97ab655a27n,
  },
  {
    x: 0x7d02bfc953a5597f814fcd93a33f021a7ac36b60f2544946cbfed9c9fcbeb801n,
    y: 0x72027379eac5a27adf14622d64692ff45f60c03913da5bfd26bfa782c4fd70d7n,
  },
  {
    x: 0xd2ff073fa48206b57aa78326bde703380445cfaf3f05e10434540db13a77dc93n,
    y: 0xea9700060f4a3c34ad96d0da581dc3c108c3484ad2ecb9a0fbc5dcdc2e0f2d1dn,
  },
  {
    x: 0x9df63780398b5031639daf5a8351f08b7dd4f86b722487f120b4234706cf3753n,
    y: 0xcf43df1ae365a953ba03501864d0b637813069445ae027a5264cb81d9ca3c491n,
  },
  {
    x: 0x2e754eed6484d5133b8537d3892c3f6c597cd01b98786f015f42470744a01e3bn,
    y: 0x1ff30b962c3c6704a91343bd3a29c81f21ea9e3a0d366d414e685d4983d91024n,
  },
  {
    x: 0x5308051b5cbf5b11a590a5bd3bfd8b59d6072c6aea33d2ecbf5109c9ef3d0ca4n,
    y: 0xe4a4760842723907a655bcb46094e9f4135f6b27a882071b7fa490a332d51985n,
  },
  {
    x: 0xfeb2aca234b96ebd35d6f530cdbf9c05add41f38b56b868c7002dca554540e99n,
    y: 0xfb362c236b303e850a166874f2c6738de6d8e6d603a4c0eed2efa742bc22ae1bn,
  },
  {
    x: 0xacb41a544d70bc76d64b821a90c9e34d601bd3cc28bf4e8ed22e1b909c4025fdn,
    y: 0x573599237b2e62d586ba70e614b273d14843171e44004ca88f7f8a8692c11c81n,
  },
  {
    x: 0x2518373433c7546de6c0e12dbb580c9a4f1fb2d63ada2b53b9e437f4afcc2befn,
    y: 0x531f307fb48f21f22a0c7a7e9ce6f49f2cb9b9b3a185ae46ab12d90fbfd92fb9n,
  },
];

/**
 * Numbers modulo a prime of 256 bits, by Barrett: two products instead of a division, which takes XS six times as long as a product.
 * Whole words are shifted: of 32 bits.
 */
class Field {
  readonly prime: bigint;
  readonly #reciprocal: bigint;

  constructor(prime: bigint) {
    this.prime = prime;
    this.#reciprocal = (1n << 544n) / prime;
  }

  /** Of what is below 2^520, or negative. */
  reduce(value: bigint): bigint {
    const { prime } = this;
    let rest = value - (((value >> LOW) * this.#reciprocal) >> HIGH) * prime;
    while (rest >= prime) rest -= prime;
    while (rest < ZERO) rest += prime;
    return rest;
  }

  /** To the prime - 2 (Fermat), by windows of four bits. */
  invert(base: bigint): bigint {
    const powers = [1n];
    for (let i = 1; i < 16; i++) powers.push(this.reduce(powers[i - 1] * base));
    const digits = new Uint8Array(BYTES);
    writeNumber(digits, this.prime - 2n);
    let result = 1n;
    for (let i = 0; i < 2 * BYTES; i++) {
      for (let squares = 0; squares < 4; squares++) result = this.reduce(result * result);
      const window = (i & 1) === 0 ? digits[i >> 1] >> 4 : digits[i >> 1] & 15;
      result = this.reduce(result * powers[window]);
    }
    return result;
  }
}

/**
 * A literal in a function would be made anew each time. Never compared by `===`: a constant of a preloaded module lies in ROM, and
 * XS (13.3, and 8.2.3 of the SDK) finds no BigInt in ROM equal to one in memory. `<=` has no such fault.
 */
const ZERO = 0n;
const LOW = 224n;
const HIGH = 320n;
const FIELD = new Field(P);
const ORDER = new Field(N);

/** Jacobian coordinates: x / z^2, y / z^3; z is 0 at infinity. */
class Point {
  x = 0n;
  y = 0n;
  z = 0n;

  /** "dbl-2001-b" for a = -3 (Bernstein and Lange, Explicit-Formulas Database). */
  double(): void {
    const { x, y, z } = this;
    const delta = FIELD.reduce(z * z);
    const gamma = FIELD.reduce(y * y);
    const beta = FIELD.reduce(x * gamma);
    const alpha = FIELD.reduce(3n * (x - delta) * (x + delta));
    const sum = y + z;
    this.x = FIELD.reduce(alpha * alpha - 8n * beta);
    this.z = FIELD.reduce(sum * sum - gamma - delta);
    this.y = FIELD.reduce(alpha * (4n * beta - this.x) - 8n * gamma * gamma);
  }

  /** Adds an affine point: "madd" with z2 = 1. */
  add(x2: bigint, y2: bigint): void {
    const { x, y, z } = this;
    if (z <= ZERO) {
      this.x = x2;
      this.y = y2;
      this.z = 1n;
      return;
    }
    const zz = FIELD.reduce(z * z);
    const h = FIELD.reduce(x2 * zz - x);
    const r = FIELD.reduce(y2 * FIELD.reduce(z * zz) - y);
    // The same point, or its opposite: of keys and nonces that were not drawn at random.
    if (h <= ZERO) {
      if (r <= ZERO) this.double();
      else this.z = 0n;
      return;
    }
    const hh = FIELD.reduce(h * h);
    const hhh = FIELD.reduce(h * hh);
    const v = FIELD.reduce(x * hh);
    this.x = FIELD.reduce(r * r - hhh - 2n * v);
    this.y = FIELD.reduce(r * (v - this.x) - y * hhh);
    this.z = FIELD.reduce(z * h);
  }
}

/** `scalar` times the generator, affine. Of 1 to N - 1. */
function multiplyGenerator(scalar: bigint): { readonly x: bigint; readonly y: bigint } {
  // Signed digits have no zero, and so no place where nothing is added; they make odd numbers alone. The other one has the same x.
  const even = (scalar & 1n) <= 0n;
  const odd = even ? N - scalar : scalar;
  // odd = sum of (2 e - 1) 2^i over the digits e of half.
  const half = new Uint8Array(BYTES + 1);
  writeNumber(half, (odd + ALL_DIGITS) >> 1n);
  const digit = (i: number) => (half[BYTES - (i >> 3)] >> (i & 7)) & 1;
  const sum = new Point();
  for (let column = COLUMNS - 1; column >= 0; column--) {
    sum.double();
    const sign = digit(column + (ROWS - 1) * COLUMNS);
    let place = 0;
    // The table has the highest digit positive: where it is not, all of them turn.
    for (let row = 0; row < ROWS - 1; row++) place |= (digit(column + row * COLUMNS) === sign ? 1 : 0) << row;
    const { x, y } = COMB[place];
    sum.add(x, sign === 1 ? y : P - y);
  }
  const inverse = FIELD.invert(sum.z);
  const square = FIELD.reduce(inverse * inverse);
  const y = (FIELD.reduce(sum.y * square) * inverse) % P;
  return { x: FIELD.reduce(sum.x * square), y: even ? P - y : y };
}

function readNumber(bytes: Uint8Array, at = 0): bigint {
  let value = 0n;
  for (let i = 0; i < BYTES; i += 4) {
    const word = bytes[at + i] * 0x1000000 + ((bytes[at + i + 1] << 16) | (bytes[at + i + 2] << 8) | bytes[at + i + 3]);
    value = (value << 32n) | BigInt(word);
  }
  return value;
}

/** High byte first, into the end of all of `into`. */
function writeNumber(into: Uint8Array, value: bigint): void {
  let rest = value;
  for (let at = into.length - 1; at >= 0; at -= 2) {
    const word = Number(rest & 0xffffn);
    into[at] = word;
    if (at > 0) into[at - 1] = word >> 8;
    rest >>= 16n;
  }
}

/** From 1 to N - 1. */
function isScalar(value: bigint): boolean {
  return value > 0n && value < N;
}

/** A private key of random bytes, 40 or more: so many that the rest shows no bias (FIPS 186-5 appendix A.2.1). */
export function secretOf(random: Uint8Array): Uint8Array {
  let number = 0n;
  for (const byte of random) number = (number << 8n) | BigInt(byte);
  const secret = new Uint8Array(BYTES);
  writeNumber(secret, (number % (N - 1n)) + 1n);
  return secret;
}

type Sha256 = (bytes: Uint8Array) => Uint8Array;

const BLOCK = 64;

/** HMAC with SHA-256 (RFC 2104), for keys of up to a block. */
function hmac(key: Uint8Array, message: Uint8Array, sha256: Sha256): Uint8Array {
  const inner = new Uint8Array(BLOCK + message.length).fill(0x36, 0, BLOCK);
  const outer = new Uint8Array(BLOCK + BYTES).fill(0x5c, 0, BLOCK);
  for (let i = 0; i < key.length; i++) {
    inner[i] ^= key[i];
    outer[i] ^= key[i];
  }
  inner.set(message, BLOCK);
  outer.set(sha256(inner), BLOCK);
  return sha256(outer);
}

/** Nonces that may be refused in a row. One is, in 2^32 messages: more than a few mean that the platform reckons wrong. */
const MOST_NONCES = 8;

/** A signature did not come about: the engine's BigInts or the platform's SHA-256 are at fault, not key or message. */
export class SigningError extends Error {
  constructor() {
    super("es256: no nonce will do; the platform's hash or its big numbers are wrong");
  }

  override get name(): string {
    return "SigningError";
  }
}

/** The nonces of RFC 6979 section 3.2, one after the other. */
class Nonces {
  readonly #sha256: Sha256;
  #key: Uint8Array = new Uint8Array(BYTES);
  #value: Uint8Array = new Uint8Array(BYTES).fill(1);

  constructor(secret: Uint8Array, hash: Uint8Array, sha256: Sha256) {
    this.#sha256 = sha256;
    const seed = new Uint8Array(2 * BYTES);
    seed.set(secret);
    // bits2octets: the hash modulo N, which is larger than half of 2^256.
    const number = readNumber(hash);
    writeNumber(seed.subarray(BYTES), number < N ? number : number - N);
    this.mix(0, seed);
    this.mix(1, seed);
  }

  next(): bigint {
    for (let tries = 0; tries < MOST_NONCES; tries++) {
      this.#value = hmac(this.#key, this.#value, this.#sha256);
      const nonce = readNumber(this.#value);
      if (isScalar(nonce)) return nonce;
      // Once in 2^32 messages.
      this.reject();
    }
    throw new SigningError();
  }

  /** The last one did not do. */
  reject(): void {
    this.mix(0, new Uint8Array(0));
  }

  private mix(separator: number, seed: Uint8Array): void {
    const message = new Uint8Array(BYTES + 1 + seed.length);
    message.set(this.#value);
    message[BYTES] = separator;
    message.set(seed, BYTES + 1);
    this.#key = hmac(this.#key, message, this.#sha256);
    this.#value = hmac(this.#key, this.#value, this.#sha256);
  }
}

export class Es256Signer implements Signer {
  readonly publicKey = new Uint8Array(2 * BYTES);
  readonly #secret: Uint8Array;
  readonly #sha256: Sha256;

  /**
   * @param secret the private key, 32 bytes, high byte first
   * @throws RangeError when it is none
   */
  constructor(secret: Uint8Array, sha256: Sha256) {
    if (secret.length !== BYTES || !isScalar(readNumber(secret)))
      throw new RangeError("a private key on P-256 is a number of 32 bytes, above 0 and below the order of the curve");
    this.#secret = secret;
    this.#sha256 = sha256;
    const { x, y } = multiplyGenerator(readNumber(secret));
    writeNumber(this.publicKey.subarray(0, BYTES), x);
    writeNumber(this.publicKey.subarray(BYTES), y);
  }

  sign(bytes: Uint8Array, offset: number, length: number, signatureAt: number): void {
    const hash = this.#sha256(bytes.subarray(offset, offset + length));
    const message = readNumber(hash);
    const key = readNumber(this.#secret);
    const nonces = new Nonces(this.#secret, hash, this.#sha256);
    for (let tries = 0; tries < MOST_NONCES; tries++) {
      const nonce = nonces.next();
      const r = multiplyGenerator(nonce).x % N;
      const s = ORDER.reduce(ORDER.invert(nonce) * ORDER.reduce(message + r * key));
      if (r > 0n && s > 0n) {
        writeNumber(bytes.subarray(signatureAt, signatureAt + BYTES), r);
        writeNumber(bytes.subarray(signatureAt + BYTES, signatureAt + 2 * BYTES), s);
        return;
      }
      nonces.reject();
    }
    throw new SigningError();
  }
}
