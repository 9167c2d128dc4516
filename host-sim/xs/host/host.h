/*
 * Shared by the files of the host. engine.c, gateway.c, memory.c and heap.c know XS from inside; functions.c and bridge.c know only
 * its public interface, so nothing here names a type of XS; pc.c and rv32.c know the platform.
 */
#ifndef __ARGAND_HOST__
#define __ARGAND_HOST__

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Exit codes; run.ts turns them into typed errors. */
enum {
	EXIT_USAGE = 2,
	EXIT_MEMORY = 11,
	EXIT_STACK = 12,
	EXIT_KEYS = 13,
	EXIT_EXCEPTION = 15,
	EXIT_METER = 17,
	EXIT_REJECTION = 18,
	EXIT_OTHER = 19,
	/* The world's machine ended, whatever for: not the gateway's fault. */
	EXIT_WORLD = 21
};

typedef struct {
	const char* inputPath;
	FILE* output;
} HostFiles;

extern HostFiles hostFiles;

/* Reads a whole file; NULL when it cannot. The caller frees. */
extern void* hostReadFile(const char* path, size_t* length);

/* The platform's: pc.c or rv32.c. A clock for benchmarks, and instructions since the parsed program
   began to run (0 where nobody counts them). */
extern double hostNowUs(void);
extern double hostCpuSeconds(void);
extern double hostInstructions(void);
extern void hostStartCounting(void);

/* engine.c: XS units so far. */
extern double hostUnits(void);

/* Puts `host` with its functions into the global object. */
extern void hostInstall(void* machine);

/* The two machines of a process. A program that runs alone is a world without a gateway. */
enum { SIDE_WORLD = 0, SIDE_GATEWAY = 1, SIDE_COUNT = 2 };

/* What the host keeps for each machine; the machine's context. */
typedef struct {
	int index;
	void* machine;
	/* Units so far: the machine's own counter is 32 bits wide and is emptied into this one. */
	double units;
	/* Slots, chunks and their bytes with header and padding that were allocated since the start, collected or not. */
	double slots;
	double chunks;
	double chunkBytes;
	/* One fixed arena: chunks grow up from `low`, slots and the stack down from `high`. Without one: the C heap. */
	uint8_t* start;
	uint8_t* low;
	uint8_t* high;
} Side;

extern Side hostSides[SIDE_COUNT];

/* bridge.c: adds `call`, `onCall` and the readers of the gateway's figures to `host`. */
extern void hostInstallBridge(void* machine);

/* gateway.c: what the world may read of the gateway. Reading costs the gateway nothing. */
enum {
	COUNTER_UNITS = 0,
	COUNTER_SLOTS_IN_USE,
	COUNTER_CHUNK_BYTES_IN_USE,
	COUNTER_COLLECTIONS,
	COUNTER_SLOTS,
	COUNTER_CHUNKS,
	COUNTER_CHUNK_BYTES,
	COUNTER_STACK_PEAK,
	COUNTER_CODE_BYTES,
	COUNTER_SYMBOL_BYTES,
	/* RV32IMAC instructions while the gateway's machine was the one that ran; 0 where nobody counts them. */
	COUNTER_INSTRUCTIONS,
	COUNTER_COUNT
};
extern double hostCounter(int which);
/* What is executed from here on is the work of this side. Gives the side whose work it was before. */
extern int hostSide(int index);
/* A full collection of the gateway's heap. */
extern void hostCollect(void);

/*
 * Figures by part of the gateway: what it uses between two calls of hostPart belongs to the part named in the first. How
 * often its program entered a part, and left one for another by that, is counted so that the price of it can be subtracted.
 */
enum { PART_UNITS = 0, PART_SLOTS, PART_CHUNKS, PART_CHUNK_BYTES, PART_ENTRIES, PART_EXITS, PART_FIGURE_COUNT };
enum { PART_COUNT = 128 };
/* The gateway goes on in `part`. Gives the part that it was in. */
extern int hostPart(int part);
/* The same, counted: asked for by the gateway's program. */
extern int hostEnterPart(int part);
extern int hostCurrentPart(void);
extern double hostPartFigure(int part, int figure);

/* memory.c: in any phase but 0 each allocation of the gateway is booked to the functions that made it. */
extern void hostTrace(int phase);
extern void hostPrintTrace(FILE* file);
/* The functions that run, innermost first, on the rest of a line. */
extern void hostPrintCallers(FILE* file, void* machine);
/* Right after a full collection of the traced machine: what is left of each one's allocations. */
extern void hostCensus(void* machine);
/* The chunk that a slot holds, or NULL; what a chunk takes with its header. */
extern void* hostChunkOf(void* ofSlot);
extern double hostCapacityOf(void* data);

/* heap.c: what is alive by class, right after a full collection. */
extern void hostCountClasses(void* machine);
extern void hostPrintClasses(FILE* file);

#endif
