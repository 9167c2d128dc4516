/*
 * What the gateway's heap holds, by class: right after a full collection each object is counted under the constructor of its
 * prototype, with the slots of its properties and private fields and the chunks that they hold.
 *
 * A trace (memory.c) says who allocated; this says what it became. The two together account for all slots.
 */
#include "xsAll.h"
#include "host.h"

#define CLASS_COUNT 512
#define NAME_BYTES 40

typedef struct {
	char name[NAME_BYTES];
	int objects;
	int slots;
	double chunkBytes;
} ClassEntry;

static ClassEntry classes[CLASS_COUNT];
static int classCount = 0;
/* Free slots and those that are counted already. */
static uint8_t* passed = NULL;
static txSlot* firstSlot = NULL;
static size_t slotCount = 0;

static int pass(txSlot* slot)
{
	size_t place;
	if (!slot || slot < firstSlot || slot >= firstSlot + slotCount)
		return 0;
	place = (size_t)(slot - firstSlot);
	if (passed[place])
		return 0;
	passed[place] = 1;
	return 1;
}

static txSlot* ownProperty(txSlot* instance, txID id)
{
	txSlot* property;
	for (property = instance->next; property; property = property->next)
		if (property->ID == id && !(property->flag & XS_INTERNAL_FLAG))
			return property;
	return NULL;
}

/* Built-in constructors have no `name` in this build: the slot that makes an object exotic tells it. */
static const char* nameOfExotic(txSlot* instance)
{
	txSlot* property = instance->next;
	if (!property || !(property->flag & XS_INTERNAL_FLAG))
		return NULL;
	switch (property->kind) {
	case XS_ARRAY_KIND: return "Array";
	case XS_ARRAY_BUFFER_KIND: return "ArrayBuffer";
	case XS_CALLBACK_KIND:
	case XS_CALLBACK_X_KIND:
	case XS_CODE_KIND:
	case XS_CODE_X_KIND: return "Function";
	case XS_DATA_VIEW_KIND: return "DataView";
	case XS_MAP_KIND: return "Map";
	case XS_SET_KIND: return "Set";
	case XS_TYPED_ARRAY_KIND: return "typed array";
	default: return NULL;
	}
}

/* A plain object is told by its first keys. */
static const char* nameOfPlain(txMachine* the, txSlot* instance)
{
	static char name[NAME_BYTES];
	txSlot* property;
	size_t length = 0;
	for (property = instance->next; property && length < NAME_BYTES / 2; property = property->next) {
		txSlot* key = property->ID == XS_NO_ID ? NULL : fxGetKey(the, property->ID);
		if (key && (key->kind == XS_KEY_KIND || key->kind == XS_KEY_X_KIND))
			length += snprintf(name + length, NAME_BYTES - length, "%c%s", length ? ' ' : '{', key->value.key.string);
		if (length >= NAME_BYTES)
			length = NAME_BYTES - 1;
	}
	if (!length)
		return "{}";
	snprintf(name + length, NAME_BYTES - length, property ? " ..}" : "}");
	return name;
}

static const char* nameOfClass(txMachine* the, txSlot* instance)
{
	const char* exotic = nameOfExotic(instance);
	txSlot* prototype = instance->value.instance.prototype;
	txSlot* property;
	if (exotic)
		return exotic;
	if (!prototype)
		return "scope";
	if (prototype == mxObjectPrototype.value.reference)
		return nameOfPlain(the, instance);
	property = ownProperty(prototype, mxID(_constructor));
	if (property && property->kind == XS_REFERENCE_KIND)
		property = ownProperty(property->value.reference, mxID(_name));
	if (property && (property->kind == XS_STRING_KIND || property->kind == XS_STRING_X_KIND) && property->value.string[0])
		return property->value.string;
	return "other";
}

static ClassEntry* entryOf(const char* name)
{
	int i;
	for (i = 0; i < classCount; i++)
		if (!strncmp(classes[i].name, name, NAME_BYTES - 1))
			return &classes[i];
	/* The last entry takes what has no room. */
	if (classCount < CLASS_COUNT)
		strncpy(classes[classCount++].name, name, NAME_BYTES - 1);
	return &classes[classCount - 1];
}

static void count(ClassEntry* entry, txSlot* slot)
{
	void* chunk = hostChunkOf(slot);
	entry->slots++;
	if (chunk)
		entry->chunkBytes += hostCapacityOf(chunk);
}

static void countObject(txMachine* the, txSlot* instance)
{
	ClassEntry* entry = entryOf(nameOfClass(the, instance));
	txSlot* property;
	txSlot* field;
	entry->objects++;
	count(entry, instance);
	for (property = instance->next; property; property = property->next) {
		if (pass(property))
			count(entry, property);
		if (property->kind == XS_PRIVATE_KIND)
			for (field = property->value.private.first; field; field = field->next)
				if (pass(field))
					count(entry, field);
		if (property->kind == XS_CLOSURE_KIND && pass(property->value.closure))
			count(entry, property->value.closure);
	}
}

void hostCountClasses(void* machine)
{
	txMachine* the = machine;
	txSlot* heap = the->firstHeap;
	txSlot* slot;
	size_t place;
	while (heap->next)
		heap = heap->next;
	firstSlot = heap + 1;
	slotCount = (size_t)(heap->value.reference - firstSlot);
	passed = calloc(slotCount, 1);
	if (!passed)
		return;
	memset(classes, 0, sizeof(classes));
	classCount = 0;
	for (slot = the->freeHeap; slot; slot = slot->next)
		pass(slot);
	for (place = 0; place < slotCount; place++)
		if (firstSlot[place].kind == XS_INSTANCE_KIND && pass(firstSlot + place))
			countObject(the, firstSlot + place);
	for (place = 0; place < slotCount; place++)
		if (pass(firstSlot + place))
			count(entryOf("of no object"), firstSlot + place);
	free(passed);
}

void hostPrintClasses(FILE* file)
{
	int i;
	fprintf(file, "[");
	for (i = 0; i < classCount; i++)
		fprintf(file, "%s{\"name\":\"%s\",\"objects\":%d,\"slots\":%d,\"chunkBytes\":%.0f}", i ? "," : "",
			classes[i].name, classes[i].objects, classes[i].slots, classes[i].chunkBytes);
	fprintf(file, "]");
}
