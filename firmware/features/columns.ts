/** Batches as columns instead of SenML packs (`uplink/columns`). */
import { ColumnsWriter, columnsBytes } from "../uplink/columns/writer";

export const feature = { ColumnsWriter, columnsBytes };
