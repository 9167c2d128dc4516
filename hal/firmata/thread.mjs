// Where a thread of this room begins: loads TypeScript as it stands (tsx), then the module that the thread is for.
import { workerData } from "node:worker_threads";
import { register } from "tsx/esm/api";

register();
await import(workerData.module);
