/*
 * The gateway's machine and its figures.
 *
 * On a device built-ins, byte code and preloaded modules lie in flash, and RAM holds what the program makes at run time. The
 * same here: a root machine runs the program's module bodies, is shared, and the gateway runs in a clone of it
 * (reference: fxPrepareMachine does this with the image that the SDK's linker made).
 */
#include "gateway.h"

Side hostSides[SIDE_COUNT] = { { .index = SIDE_WORLD }, { .index = SIDE_GATEWAY } };

ProgramSizes gatewaySizes = { 0, 0 };

/* ---- byte code in place ---- */

/* As the loader of an archive does: code and strings are used where they lie, instead of copied for each use. */
static void archiveCode(txByte* code, txSize size)
{
	txByte* p = code;
	txByte* end = code + size;
	while (p < end) {
		txS1 offset = gxCodeSizes[*(txU1*)p];
		switch (*(txU1*)p) {
		case XS_CODE_CODE_1: *(txU1*)p = XS_CODE_CODE_ARCHIVE_1; break;
		case XS_CODE_CODE_2: *(txU1*)p = XS_CODE_CODE_ARCHIVE_2; break;
		case XS_CODE_CODE_4: *(txU1*)p = XS_CODE_CODE_ARCHIVE_4; break;
		case XS_CODE_STRING_1: *(txU1*)p = XS_CODE_STRING_ARCHIVE_1; break;
		case XS_CODE_STRING_2: *(txU1*)p = XS_CODE_STRING_ARCHIVE_2; break;
		case XS_CODE_STRING_4: *(txU1*)p = XS_CODE_STRING_ARCHIVE_4; break;
		default: break;
		}
		if (offset > 0)
			p += offset;
		else if (offset == 0)
			p += 1 + sizeof(txID);
		else {
			/* A length of one, two or four bytes, then so many bytes. */
			txU4 length = 0;
			p++;
			if (offset == -1)
				length = 1 + *(txU1*)p;
			else if (offset == -2) {
				txU2 two;
				memcpy(&two, p, sizeof(two));
				length = sizeof(two) + two;
			}
			else {
				txS4 four;
				memcpy(&four, p, sizeof(four));
				length = sizeof(four) + (txU4)four;
			}
			p += length;
		}
	}
}

static void bindSymbols(txMachine* the, txScript* script)
{
	txByte* p = script->symbolsBuffer;
	txID count, i;
	txID* ids;
	mxDecodeID(p, count);
	ids = malloc(count * sizeof(txID));
	ids[0] = XS_NO_ID;
	for (i = 1; i < count; i++) {
		ids[i] = fxNewNameC(the, (txString)p);
		p += strlen((char*)p) + 1;
	}
	fxRemapIDs(the, script->codeBuffer, script->codeSize, ids);
	free(ids);
}

int gatewayMarksLines = 0;

txScript* gatewayParse(txMachine* the, char* source, size_t length)
{
	txStringCStream stream;
	stream.buffer = source;
	stream.offset = 0;
	stream.size = (txSize)length;
	return fxParseScript(the, &stream, fxStringCGetter, mxProgramFlag | mxStrictFlag | (gatewayMarksLines ? mxDebugFlag : 0));
}

static void runModules(txMachine* the, char* source, size_t length)
{
	txSlot* realm = mxProgram.value.reference->next->value.module.realm;
	txScript* script = gatewayParse(the, source, length);
	if (!script)
		mxSyntaxError("the gateway's program cannot be parsed");
	gatewaySizes.codeBytes = (int)script->codeSize;
	gatewaySizes.symbolBytes = (int)script->symbolsSize;
	bindSymbols(the, script);
	archiveCode(script->codeBuffer, script->codeSize);
	/* XS frees a script with symbols after its run; this one stays, as it would in flash. */
	script->symbolsBuffer = NULL;
	fxRunScript(the, script, mxRealmGlobal(realm), C_NULL, mxRealmClosures(realm)->value.reference, C_NULL,
		mxProgram.value.reference);
	mxPullSlot(mxResult);
}

/* ---- root and clone ---- */

static void petrifySlot(txSlot* slot)
{
	switch (slot->kind) {
	case XS_STRING_KIND: slot->kind = XS_STRING_X_KIND; break;
	case XS_BIGINT_KIND: slot->kind = XS_BIGINT_X_KIND; break;
	case XS_KEY_KIND: slot->kind = XS_KEY_X_KIND; break;
	case XS_CODE_KIND: slot->kind = XS_CODE_X_KIND; break;
	default: break;
	}
}

static void freeze(txSlot* instance)
{
	txSlot* property;
	for (property = instance->next; property; property = property->next) {
		if (property->kind != XS_ACCESSOR_KIND)
			property->flag |= XS_DONT_SET_FLAG;
		property->flag |= XS_DONT_DELETE_FLAG;
	}
	instance->flag |= XS_DONT_PATCH_FLAG;
}

/*
 * What the SDK's linker freezes of preloaded modules (SDK 8.2.3, xs/tools/xslSlot.c): functions and the prototypes of classes, and
 * what has no alias: bytes, maps, sets. Who writes to them ends on a device with a TypeError, and so here.
 */
static void freezeAsLinked(txMachine* the, txSlot* instance)
{
	txSlot* property = instance->next;
	if (!property || !(property->flag & XS_INTERNAL_FLAG))
		return;
	switch (property->kind) {
	case XS_CALLBACK_KIND:
	case XS_CALLBACK_X_KIND:
	case XS_CODE_KIND:
	case XS_CODE_X_KIND:
		freeze(instance);
		if (instance->flag & XS_CAN_CONSTRUCT_FLAG)
			for (; property; property = property->next)
				if (property->ID == mxID(_prototype) && property->kind == XS_REFERENCE_KIND) {
					freeze(property->value.reference);
					break;
				}
		break;
	case XS_ARRAY_BUFFER_KIND:
	case XS_DATA_VIEW_KIND:
	case XS_TYPED_ARRAY_KIND:
	case XS_MAP_KIND:
	case XS_SET_KIND:
	case XS_WEAK_MAP_KIND:
	case XS_WEAK_SET_KIND:
	case XS_REGEXP_KIND:
		freeze(instance);
		break;
	default:
		break;
	}
}

/*
 * A value that the clone copies from the root must not lead its collector into the root's chunks, which it would move.
 */
static void petrify(txMachine* the)
{
	txSlot* heap;
	txSlot* slot;
	for (heap = the->firstHeap; heap; heap = heap->next)
		for (slot = heap + 1; slot < heap->value.reference; slot++) {
			petrifySlot(slot);
			if (slot->kind == XS_INSTANCE_KIND)
				freezeAsLinked(the, slot);
			if (slot->kind == XS_ARRAY_KIND && slot->value.array.address) {
				txSlot* item = slot->value.array.address;
				txSize count = ((txChunk*)((txByte*)item - sizeof(txChunk)))->size / (txSize)sizeof(txSlot);
				if (count > (txSize)slot->value.array.length)
					count = (txSize)slot->value.array.length;
				while (count-- > 0)
					petrifySlot(item++);
			}
		}
	for (slot = the->stack; slot < the->stackTop; slot++)
		petrifySlot(slot);
}

/* Called now and then while byte code runs; empties the counter before it wraps. */
static txBoolean onMeter(txMachine* the, txU4 index)
{
	hostSides[SIDE_GATEWAY].units += the->meterIndex;
	the->meterIndex = 0;
	return 1;
}

txMachine* gatewayOpen(const GatewayOptions* options, char* source, size_t length)
{
	Side* side = &hostSides[SIDE_GATEWAY];
	txCreation creation = options->creation;
	txCreation rootCreation = options->root;
	txMachine* root = fxCreateMachine(&rootCreation, "root", NULL, XS_NO_ID);
	txMachine* clone;
	if (!root)
		return NULL;
	hostInstall(root);
	hostInstallBridge(root);
	{
		txMachine* the = fxBeginHost(root);
		mxTry(the) {
			runModules(the, source, length);
		}
		mxCatch(the) {
			fxAbort(the, XS_UNHANDLED_EXCEPTION_EXIT);
		}
		fxEndHost(the);
	}
	fxShareMachine(root);
	petrify(root);
	if (creation.staticSize) {
		/* The slots at its end must be aligned as the C heap aligns them. */
		size_t size = (size_t)creation.staticSize / sizeof(txSlot) * sizeof(txSlot);
		side->start = side->low = malloc(size);
		if (!side->start)
			return NULL;
		side->high = side->start + size;
	}
	/* The clone copies the root's tables of names whole. */
	creation.nameModulo = root->nameModulo;
	creation.symbolModulo = root->symbolModulo;
	/* Set before the clone is whole: a heap that is too small ends the process while it is made. */
	clone = fxCloneMachine(&creation, root, "gateway", side);
	if (!clone)
		return NULL;
	side->machine = clone;
	fxBeginMetering(clone, onMeter, 1 << 24);
	return clone;
}

void gatewayMain(txMachine* machine)
{
	txMachine* the = fxBeginHost(machine);
	mxTry(the) {
		mxPushUndefined();
		mxPush(mxGlobal);
		fxGetID(the, fxFindName(the, "main"));
		mxCall();
		mxRunCount(0);
		mxPop();
	}
	mxCatch(the) {
		fxAbort(the, XS_UNHANDLED_EXCEPTION_EXIT);
	}
	fxEndHost(the);
}

/* ---- figures ---- */

/* XS's own figure counts a chunk that was made with room to grow twice as it grows; what the blocks hold is exact. */
static double chunkBytesInUse(txMachine* the)
{
	double bytes = 0;
	txBlock* block;
	for (block = the->firstBlock; block; block = block->nextBlock)
		bytes += (double)(block->current - ((txByte*)block + sizeof(txBlock)));
	return bytes;
}

/* Whose machine runs, since which instruction, and what the gateway's has used before that. */
static int runningSide = SIDE_WORLD;
static double runningSince = 0;
static double gatewayInstructions = 0;

int hostSide(int index)
{
	int before = runningSide;
	double now = hostInstructions();
	if (before == SIDE_GATEWAY)
		gatewayInstructions += now - runningSince;
	runningSide = index;
	runningSince = now;
	return before;
}

double hostCounter(int which)
{
	Side* side = &hostSides[SIDE_GATEWAY];
	txMachine* the = side->machine;
	if (!the)
		return 0;
	switch (which) {
	case COUNTER_UNITS: return side->units + the->meterIndex;
	case COUNTER_SLOTS_IN_USE: return the->currentHeapCount;
	case COUNTER_CHUNK_BYTES_IN_USE: return chunkBytesInUse(the);
	case COUNTER_COLLECTIONS: return the->garbageCollectionCount;
	case COUNTER_SLOTS: return side->slots;
	case COUNTER_CHUNKS: return side->chunks;
	case COUNTER_CHUNK_BYTES: return side->chunkBytes;
	case COUNTER_STACK_PEAK: return (double)(the->stackTop - the->stackPeak);
	case COUNTER_CODE_BYTES: return gatewaySizes.codeBytes;
	case COUNTER_SYMBOL_BYTES: return gatewaySizes.symbolBytes;
	case COUNTER_INSTRUCTIONS: return gatewayInstructions;
	default: return 0;
	}
}

void hostCollect(void)
{
	txMachine* the = hostSides[SIDE_GATEWAY].machine;
	if (!the)
		return;
	/* A closure is a copy of a slot in ROM, its mark included: the first collection lets it pass and only clears the mark. */
	fxCollectGarbage(the);
	fxCollectGarbage(the);
	hostCensus(the);
	hostCountClasses(the);
}

static double figures[PART_COUNT][PART_FIGURE_COUNT];
/* The gateway's counters when its present part began. */
static double began[PART_FIGURE_COUNT];
static int current = 0;

int hostCurrentPart(void)
{
	return current;
}

static void closePart(void)
{
	static const int counters[] = { COUNTER_UNITS, COUNTER_SLOTS, COUNTER_CHUNKS, COUNTER_CHUNK_BYTES };
	int i;
	for (i = 0; i < PART_ENTRIES; i++) {
		double now = hostCounter(counters[i]);
		figures[current][i] += now - began[i];
		began[i] = now;
	}
}

int hostPart(int part)
{
	int before = current;
	closePart();
	current = part;
	return before;
}

int hostEnterPart(int part)
{
	figures[part][PART_ENTRIES]++;
	figures[current][PART_EXITS]++;
	return hostPart(part);
}

double hostPartFigure(int part, int figure)
{
	if (part < 0 || part >= PART_COUNT || figure < 0 || figure >= PART_FIGURE_COUNT)
		return 0;
	closePart();
	return figures[part][figure];
}
