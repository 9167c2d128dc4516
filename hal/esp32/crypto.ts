/** SHA-256 by the SDK's native digest. */
import { Digest } from "crypt";

export function sha256(bytes: Uint8Array): Uint8Array {
  const digest = new Digest("SHA256");
  // The native code takes a view too, and takes just the view's part; the SDK's typings (8.2.3) do not say so.
  digest.write(bytes as unknown as ArrayBuffer);
  return new Uint8Array(digest.close());
}
