/* Shared by the parts of the host: engine.c knows XS from inside, functions.c only its public interface, pc.c and rv32.c
   know the platform. */
#ifndef __ARGAND_HOST__
#define __ARGAND_HOST__

#include <stddef.h>
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
	EXIT_OTHER = 19
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
extern double hostInstructions(void);
extern void hostStartCounting(void);

/* engine.c: XS units so far. */
extern double hostUnits(void);

/* Puts `host` with its functions into the global object. */
extern void hostInstall(void* machine);

#endif
