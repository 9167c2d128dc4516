/**
 * A device's credential: of the image, as the Wi-Fi's is (`argand build --config mqttUser=... mqttPassword=...`). A gateway has one
 * broker's, so that the name which a site gives it is not looked at.
 */
import config from "mc/config";
import type { Credential, Secrets } from "../secrets";

export const sdkSecrets: Secrets = {
  credential(): Credential | undefined {
    const { mqttUser, mqttPassword } = config;
    if (typeof mqttUser !== "string" || mqttUser === "") return undefined;
    return typeof mqttPassword === "string" ? { user: mqttUser, password: mqttPassword } : { user: mqttUser };
  },
};
