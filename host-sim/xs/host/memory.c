/*
 * Where a machine's memory comes from, and a count of all that it ever allocated.
 *
 * XS counts what is in use now; what a collection takes back is forgotten. So the linker leads every call of the four
 * functions that allocate through here (`--wrap` in the Makefile).
 */
#include "xsAll.h"
#include "host.h"

/* xsMemory.c does not declare these two in a header. */
extern void fxCollect(txMachine* the, txFlag theFlag);

#define sideOf(THE) ((Side*)((THE)->context))

/*
 * The arena is shared as on a device: the one block of chunks grows up, slots grow down, and what a compacting collection
 * frees at the end of the chunks goes to whoever asks first.
 */
void* fxAllocateChunks(txMachine* the, txSize size)
{
	Side* side = sideOf(the);
	txBlock* block = the->firstBlock;
	if (!side || !side->start)
		return malloc((size_t)size);
	if (!block) {
		uint8_t* first = side->low;
		if (size > side->high - first)
			fxAbort(the, XS_NOT_ENOUGH_MEMORY_EXIT);
		side->low += size;
		return first;
	}
	{
		/* fxGrowChunks asks for a block with its header; the block that is there needs only what its free end lacks. */
		txSize wanted = size - (txSize)sizeof(txBlock);
		txSize spare = (txSize)(block->limit - block->current);
		txSize more = wanted > spare ? wanted - spare : 0;
		if (more > side->high - side->low)
			return NULL;
		side->low += more;
		the->maximumChunksSize += more - size;
		/* fxGrowChunks adds `size` to the limit: it must end at `low`. */
		block->limit = (txByte*)side->low - size;
		return block->limit;
	}
}

void fxFreeChunks(txMachine* the, void* chunks)
{
	Side* side = sideOf(the);
	if (!side || !side->start)
		free(chunks);
}

static txSlot* slotsFromArena(Side* side, size_t size)
{
	if ((size_t)(side->high - side->low) < size)
		return NULL;
	side->high -= size;
	return (txSlot*)side->high;
}

txSlot* fxAllocateSlots(txMachine* the, txSize count)
{
	Side* side = sideOf(the);
	size_t size = (size_t)count * sizeof(txSlot);
	txSlot* slots;
	if (!side || !side->start)
		return malloc(size);
	slots = slotsFromArena(side, size);
	if (!slots && the->firstBlock) {
		txBlock* block = the->firstBlock;
		fxCollect(the, XS_COMPACT_FLAG | XS_ORGANIC_FLAG);
		the->maximumChunksSize -= (txSize)(block->limit - block->current);
		side->low = (uint8_t*)block->current;
		block->limit = block->current;
		slots = slotsFromArena(side, size);
	}
	/* XS does not look whether it got its stack. */
	if (!slots)
		fxAbort(the, XS_NOT_ENOUGH_MEMORY_EXIT);
	return slots;
}

void fxFreeSlots(txMachine* the, void* slots)
{
	Side* side = sideOf(the);
	if (!side || !side->start)
		free(slots);
}

/* ---- who allocates ---- */

#define TRACE_COUNT 8192
#define TRACE_BYTES 200
#define TRACE_FRAMES 4

typedef struct {
	char callers[TRACE_BYTES];
	int phase;
	int part;
	double slots;
	double chunks;
	double chunkBytes;
	/* What of it is left after the last collection that was asked for. */
	double liveSlots;
	double liveChunkBytes;
} TraceEntry;

static int tracing = 0;
static TraceEntry* entries = NULL;
static int entryCount = 0;
/* Who made each slot of the first heap: its entry and one, or 0. */
static uint16_t* makers = NULL;
static txSlot* firstSlot = NULL;
static size_t slotCount = 0;

static const char* nameOf(txMachine* the, txSlot* function)
{
	txSlot* property;
	if (function->kind != XS_REFERENCE_KIND)
		return NULL;
	for (property = function->value.reference->next; property; property = property->next)
		if (property->ID == mxID(_name) && (property->kind == XS_STRING_KIND || property->kind == XS_STRING_X_KIND))
			return property->value.string[0] ? property->value.string : "anonymous";
	/* A function that was made at run time: what it is called after stands with its code. */
	property = function->value.reference->next;
	property = property && property->ID != XS_NO_ID ? fxGetKey(the, property->ID) : NULL;
	if (property && (property->kind == XS_KEY_KIND || property->kind == XS_KEY_X_KIND) && property->value.key.string[0])
		return property->value.key.string;
	return "anonymous";
}

static void describeCallers(txMachine* the, char* text)
{
	txSlot* frame = the->frame;
	int depth = 0;
	text[0] = 0;
	for (; frame && depth < TRACE_FRAMES; frame = frame->next) {
		/* THIS, FUNCTION, TARGET and RESULT lie above the frame's slot. */
		const char* name = nameOf(the, frame + 3);
		if (!name)
			continue;
		if (depth++)
			strncat(text, " < ", TRACE_BYTES - strlen(text) - 1);
		strncat(text, name, TRACE_BYTES - strlen(text) - 1);
	}
}

/* Who was about to allocate: all the way out, as far as functions have names. */
void hostPrintCallers(FILE* file, void* machine)
{
	txMachine* the = machine;
	txSlot* frame;
	const char* before = ": ";
	for (frame = the->frame; frame; frame = frame->next) {
		const char* name = nameOf(the, frame + 3);
		if (!name)
			continue;
		fprintf(file, "%s%s", before, name);
		before = " < ";
	}
	fprintf(file, "\n");
}

static TraceEntry* entryOf(txMachine* the)
{
	char callers[TRACE_BYTES];
	TraceEntry* entry;
	int i;
	describeCallers(the, callers);
	for (i = 0; i < entryCount; i++)
		if (entries[i].phase == tracing && entries[i].part == hostCurrentPart() && !strcmp(entries[i].callers, callers))
			return &entries[i];
	if (i == TRACE_COUNT)
		return NULL;
	entryCount++;
	entry = &entries[i];
	strcpy(entry->callers, callers);
	entry->phase = tracing;
	entry->part = hostCurrentPart();
	return entry;
}

static TraceEntry* book(txMachine* the, Side* side, int slots, int chunks, double chunkBytes)
{
	TraceEntry* entry;
	side->slots += slots;
	side->chunks += chunks;
	side->chunkBytes += chunkBytes;
	if (!tracing || side->index != SIDE_GATEWAY)
		return NULL;
	entry = entryOf(the);
	if (entry) {
		entry->slots += slots;
		entry->chunks += chunks;
		entry->chunkBytes += chunkBytes;
	}
	return entry;
}

static size_t placeOf(txSlot* slot)
{
	return slot >= firstSlot && slot < firstSlot + slotCount ? (size_t)(slot - firstSlot) : slotCount;
}

/* A slot that was made while nobody traced has no maker, also where an older one had. */
static void bookSlot(txMachine* the, txSlot* slot, TraceEntry* entry)
{
	size_t place;
	if (!makers || sideOf(the)->index != SIDE_GATEWAY)
		return;
	place = placeOf(slot);
	if (place < slotCount)
		makers[place] = entry ? (uint16_t)(entry - entries + 1) : 0;
}

/* The one chunk that a slot holds: the list of fxSweepValue. */
void* hostChunkOf(void* ofSlot)
{
	txSlot* slot = ofSlot;
	switch (slot->kind) {
	case XS_STRING_KIND: return slot->value.string;
	case XS_BIGINT_KIND: return slot->value.bigint.data;
	case XS_ARGUMENTS_SLOPPY_KIND:
	case XS_ARGUMENTS_STRICT_KIND:
	case XS_ARRAY_KIND:
	case XS_STACK_KIND: return slot->value.array.address;
	case XS_ARRAY_BUFFER_KIND: return slot->value.arrayBuffer.address;
	case XS_CODE_KIND: return slot->value.code.address;
	case XS_GLOBAL_KIND:
	case XS_MAP_KIND:
	case XS_SET_KIND: return slot->value.table.address;
	case XS_HOST_KIND: return slot->flag & XS_HOST_CHUNK_FLAG ? slot->value.host.data : NULL;
	case XS_IDS_KIND: return slot->value.IDs;
	case XS_REGEXP_KIND: return slot->value.regexp.code;
	case XS_KEY_KIND: return slot->value.key.string;
	default: return NULL;
	}
}

/* Right after a full collection: what each maker's slots come to, and the chunks that they hold. */
void hostCensus(void* machine)
{
	txMachine* the = machine;
	txSlot* slot;
	size_t place;
	int i;
	if (!makers)
		return;
	for (slot = the->freeHeap; slot; slot = slot->next)
		if ((place = placeOf(slot)) < slotCount)
			makers[place] = 0;
	for (i = 0; i < entryCount; i++)
		entries[i].liveSlots = entries[i].liveChunkBytes = 0;
	for (place = 0; place < slotCount; place++)
		if (makers[place]) {
			TraceEntry* entry = &entries[makers[place] - 1];
			void* chunk = hostChunkOf(firstSlot + place);
			entry->liveSlots++;
			if (chunk)
				entry->liveChunkBytes += hostCapacityOf(chunk);
		}
}

void hostTrace(int phase)
{
	txMachine* the = hostSides[SIDE_GATEWAY].machine;
	if (phase && !entries && the) {
		txSlot* heap = the->firstHeap;
		while (heap->next)
			heap = heap->next;
		entries = calloc(TRACE_COUNT, sizeof(TraceEntry));
		firstSlot = heap + 1;
		slotCount = (size_t)(heap->value.reference - firstSlot);
		makers = calloc(slotCount, sizeof(uint16_t));
	}
	tracing = entries && makers ? phase : 0;
}

/* Function names come from our own sources: nothing in them needs an escape in JSON. */
void hostPrintTrace(FILE* file)
{
	int i;
	fprintf(file, "[");
	for (i = 0; i < entryCount; i++)
		fprintf(file, "%s{\"phase\":%d,\"part\":%d,\"callers\":\"%s\",\"slots\":%.0f,\"chunks\":%.0f,\"chunkBytes\":%.0f,"
			"\"liveSlots\":%.0f,\"liveChunkBytes\":%.0f}", i ? "," : "",
			entries[i].phase, entries[i].part, entries[i].callers, entries[i].slots, entries[i].chunks, entries[i].chunkBytes,
			entries[i].liveSlots, entries[i].liveChunkBytes);
	fprintf(file, "]");
}

/* ---- what a device leaves out ---- */

extern txSlot* __real_fxNewFunctionLength(txMachine* the, txSlot* instance, txNumber length);
extern txSlot* __real_fxNewFunctionName(txMachine* the, txSlot* instance, txID id, txIndex index, txID former, txString prefix);

/*
 * Functions that a program makes at run time have neither `length` nor `name` on a device: where the SDK's linker strips, which
 * is its manifest's default, it leaves both entries of gxDefaults empty (xslStrip.c, fxStripDefaults). Those of the root
 * machine, which lie in flash, keep them for the trace.
 */
txSlot* __wrap_fxNewFunctionLength(txMachine* the, txSlot* instance, txNumber length)
{
	Side* side = sideOf(the);
	return side && side->index == SIDE_GATEWAY ? NULL : __real_fxNewFunctionLength(the, instance, length);
}

txSlot* __wrap_fxNewFunctionName(txMachine* the, txSlot* instance, txID id, txIndex index, txID former, txString prefix)
{
	Side* side = sideOf(the);
	return side && side->index == SIDE_GATEWAY ? NULL : __real_fxNewFunctionName(the, instance, id, index, former, prefix);
}

/* ---- all that was ever allocated ---- */

extern txSlot* __real_fxNewSlot(txMachine* the);
extern txSlot* __real_fxDuplicateSlot(txMachine* the, txSlot* slot);
extern void* __real_fxNewChunk(txMachine* the, txSize size);
extern void* __real_fxNewGrowableChunk(txMachine* the, txSize size, txSize capacity);
extern void* __real_fxRenewChunk(txMachine* the, void* data, txSize size);

double hostCapacityOf(void* data)
{
	txByte* chunk = (txByte*)data - sizeof(txChunk);
	return (double)(((txChunk*)chunk)->temporary - chunk);
}

txSlot* __wrap_fxNewSlot(txMachine* the)
{
	Side* side = sideOf(the);
	TraceEntry* entry = side ? book(the, side, 1, 0, 0) : NULL;
	txSlot* made = __real_fxNewSlot(the);
	if (side)
		bookSlot(the, made, entry);
	return made;
}

txSlot* __wrap_fxDuplicateSlot(txMachine* the, txSlot* slot)
{
	Side* side = sideOf(the);
	TraceEntry* entry = side ? book(the, side, 1, 0, 0) : NULL;
	txSlot* made = __real_fxDuplicateSlot(the, slot);
	if (side)
		bookSlot(the, made, entry);
	return made;
}

void* __wrap_fxNewChunk(txMachine* the, txSize size)
{
	Side* side = sideOf(the);
	void* data = __real_fxNewChunk(the, size);
	if (side)
		book(the, side, 0, 1, hostCapacityOf(data));
	return data;
}

void* __wrap_fxNewGrowableChunk(txMachine* the, txSize size, txSize capacity)
{
	Side* side = sideOf(the);
	void* data = __real_fxNewGrowableChunk(the, size, capacity);
	if (side)
		book(the, side, 0, 1, hostCapacityOf(data));
	return data;
}

/* Grows a chunk where it stands, if it can. */
void* __wrap_fxRenewChunk(txMachine* the, void* data, txSize size)
{
	Side* side = sideOf(the);
	double before = hostCapacityOf(data);
	void* renewed = __real_fxRenewChunk(the, data, size);
	if (side && renewed && hostCapacityOf(renewed) > before)
		book(the, side, 0, 0, hostCapacityOf(renewed) - before);
	return renewed;
}
