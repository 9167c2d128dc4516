/** Rows into files: newline JSON, Parquet. */
import { closeSync, openSync, writeSync } from "node:fs";
import { parquetWriteFile } from "hyparquet-writer";
import { COLUMNS, type ColumnType, type Row } from "./rows";

/** One JSON object a line, without what is not there. */
export function writeNdjson(path: string, rows: readonly Row[]): void {
  const file = openSync(path, "w");
  try {
    let text = "";
    for (const row of rows) {
      text += `${JSON.stringify(row, (_key, value: unknown) => (value === null ? undefined : value))}\n`;
      if (text.length < 1 << 20) continue;
      writeSync(file, text);
      text = "";
    }
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

const PARQUET_TYPES: { readonly [type in ColumnType]: "STRING" | "INT64" | "DOUBLE" | "BOOLEAN" } = {
  text: "STRING",
  integer: "INT64",
  real: "DOUBLE",
  boolean: "BOOLEAN",
};

export function writeParquet(path: string, rows: readonly Row[]): void {
  parquetWriteFile({
    filename: path,
    columnData: COLUMNS.map(([name, type]) => ({
      name,
      type: PARQUET_TYPES[type],
      nullable: true,
      data: rows.map((row) => {
        const value = row[name];
        return type === "integer" && value !== null ? BigInt(value as number) : value;
      }),
    })),
  });
}
