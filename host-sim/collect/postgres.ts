/** Rows into PostgreSQL. The key is what names a record for ever, so that nothing is there twice however often it is written. */
import postgres from "postgres";
import { COLUMNS, type ColumnType, type Row } from "./rows";

const SQL_TYPES: { readonly [type in ColumnType]: string } = {
  text: "text",
  integer: "bigint",
  real: "double precision",
  boolean: "boolean",
};
const KEY = ["site", "gateway", "boot", "seq", "position"];
/** A statement has at most 65,535 parameters. */
const ROWS_A_STATEMENT = Math.floor(65_535 / COLUMNS.length);

export class PostgresSink {
  readonly #sql: postgres.Sql;

  private constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  /** Makes the table `argand_records` where there is none. @throws Error when the database cannot be reached */
  static async open(url: string): Promise<PostgresSink> {
    const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 10 });
    const columns = COLUMNS.map(([name, type]) => `"${name}" ${SQL_TYPES[type]}`).join(", ");
    await sql.unsafe(
      `create table if not exists argand_records (${columns}, primary key (${KEY.map((name) => `"${name}"`).join(", ")}))`,
    );
    return new PostgresSink(sql);
  }

  /** A row that is there already takes what is known by now. */
  async write(rows: readonly Row[]): Promise<void> {
    const names = COLUMNS.map(([name]) => name);
    const updates = names
      .filter((name) => !KEY.includes(name))
      .map((name) => `"${name}" = excluded."${name}"`)
      .join(", ");
    await this.#sql.begin(async (sql) => {
      for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT) {
        const part = rows.slice(at, at + ROWS_A_STATEMENT);
        const places = part.map((_, row) => `(${names.map((_, i) => `$${row * names.length + i + 1}`).join(", ")})`);
        const values = part.flatMap((row) => names.map((name) => row[name]));
        await sql.unsafe(
          `insert into argand_records (${names.map((name) => `"${name}"`).join(", ")}) values ${places.join(", ")}
          on conflict (${KEY.map((name) => `"${name}"`).join(", ")}) do update set ${updates}`,
          values,
        );
      }
    });
  }

  async close(): Promise<void> {
    await this.#sql.end({ timeout: 5 });
  }
}
