/* The gateway's machine, for engine.c. */
#ifndef __ARGAND_GATEWAY__
#define __ARGAND_GATEWAY__

#include "xsAll.h"
#include "host.h"

typedef struct {
	/* Sizes of the gateway's machine. With `staticSize` it has one fixed arena of so many bytes, its stack included. */
	txCreation creation;
	/* Sizes of the machine that its program is loaded in: what lies in flash. */
	txCreation root;
} GatewayOptions;

/*
 * Loads a program the way a device has it: its modules have run and lie in flash, and a machine of its own works on them.
 * The program must leave a function `main` in the global object, which is called once.
 */
extern txMachine* gatewayOpen(const GatewayOptions* options, char* source, size_t length);
extern void gatewayMain(txMachine* the);

/* Byte code and symbol strings of a program. */
typedef struct {
	int codeBytes;
	int symbolBytes;
} ProgramSizes;
extern ProgramSizes gatewaySizes;

/* Parsed code then has marks for its lines, as a debug build has; a program must name its source (sourceURL) to get them. */
extern int gatewayMarksLines;
extern txScript* gatewayParse(txMachine* the, char* source, size_t length);

/* listing.c */
extern void hostList(const txScript* script, FILE* file);

#endif
