/** `argand schema`: the JSON Schema of site manifests, for editors. */
import { Command } from "commander";
import { siteJsonSchema } from "../../manifests/load";

export function schemaCommand(): Command {
  return new Command("schema")
    .description("Print the JSON Schema of site manifests, for completion in an editor.")
    .addHelpText("after", "\nExample:\n  argand schema > site.schema.json")
    .action(async () => {
      process.stdout.write(`${JSON.stringify(await siteJsonSchema(), undefined, 2)}\n`);
    });
}
