/** `argand key`: the key that a gateway signs with, made where it is provisioned. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { Command } from "commander";
import { keyIdOf } from "../../firmware/uplink/cose/key";
import { nodeCrypto } from "../../hal/node/crypto";
import { makeKeyFile, publicBytes, readPrivateKey, readPublicKey, secretBytes, writeSecret } from "./key-file";
import { printJson, say } from "./terminal";

/** Where the firmware looks: hal/esp32/signer.ts and keep.ts. */
const NVS_NAMESPACE = "argand";
const NVS_NAME = "signkey";

type Options = { readonly json?: boolean; readonly nvs?: string };

export function keyCommand(): Command {
  return new Command("key")
    .description("Make and show the keys that gateways sign with (uplink: { sign: es256 }).")
    .addHelpText(
      "after",
      `
The private key goes to the device, and nowhere else: never into a site's file.
  on a board    into its storage: write the partition that ESP-IDF's nvs_partition_gen makes of the --nvs file
                or into the image, in clear text: argand build --key FILE
  on Linux      argand sim SITE --state DIR keeps it there
The public key goes to whoever verifies: argand collect --key, argand trace verify --key.

Examples:
  argand key new gw-03.key --nvs gw-03.csv > gw-03.pub
  argand key show gw-03.key
  python3 $IDF_PATH/components/nvs_flash/nvs_partition_generator/nvs_partition_gen.py generate gw-03.csv gw-03.bin 0x6000`,
    )
    .addCommand(
      new Command("new")
        .description("Make a private key; its public key goes to stdout, as PEM.")
        .argument("<file>", "where the private key goes, PKCS #8 in PEM; must not be there yet")
        .option("--nvs <csv>", "also write the input of ESP-IDF's nvs_partition_gen")
        .option("--json", "one JSON object on stdout")
        .action((file: string, options: Options) => {
          const key = makeKeyFile(file);
          if (options.nvs !== undefined) writeSecret(options.nvs, nvsTable(key));
          show(createPublicKey(key), options);
          say(`private key in ${file}${options.nvs === undefined ? "" : ` and ${options.nvs}`}: keep it from others`);
        }),
    )
    .addCommand(
      new Command("show")
        .description("Show the public key of a private or public one, and its name on the wire.")
        .argument("<file>", "key in PEM")
        .option("--nvs <csv>", "write the input of ESP-IDF's nvs_partition_gen; needs the private key")
        .option("--json", "one JSON object on stdout")
        .action((file: string, options: Options) => {
          if (options.nvs !== undefined) writeSecret(options.nvs, nvsTable(readPrivateKey(file)));
          show(readPublicKey(file), options);
        }),
    );
}

function show(key: KeyObject, options: Options): void {
  const pem = key.export({ type: "spki", format: "pem" }) as string;
  const bytes = publicBytes(key);
  const keyId = Buffer.from(keyIdOf(bytes, nodeCrypto.sha256)).toString("hex");
  if (options.json === true) printJson({ keyId, publicKey: Buffer.from(bytes).toString("hex"), pem });
  else {
    process.stdout.write(pem);
    say(`key id ${keyId}`);
  }
}

/** A blob, as the SDK's `preference` reads it. */
function nvsTable(key: KeyObject): string {
  return [
    "key,type,encoding,value",
    `${NVS_NAMESPACE},namespace,,`,
    `${NVS_NAME},data,hex2bin,${secretBytes(key).toString("hex")}`,
    "",
  ].join("\n");
}
