/* Stand-in: the part of Moddable's xsmc.h that vlc-emitter.c uses, as declarations only: it is compiled, not run. */
#pragma once
#include <stddef.h>
#include <stdint.h>
typedef struct xsMachineRecord xsMachine;
typedef struct {
	void *data[4];
} xsSlot;
typedef uint32_t xsUnsignedValue;
typedef void (*xsDestructor)(void *data);
extern xsSlot xsThis, xsResult;
xsSlot *stand_in_arg(xsMachine *the, int index);
int32_t stand_in_to_integer(xsMachine *the, xsSlot *slot);
int stand_in_test(xsMachine *the, xsSlot *slot);
void stand_in_set_integer(xsMachine *the, xsSlot *slot, int32_t value);
void stand_in_buffer(xsMachine *the, xsSlot *slot, void **data, xsUnsignedValue *count);
void *stand_in_host_data(xsMachine *the, xsSlot *slot);
void *stand_in_host_data_of(xsMachine *the, xsSlot *slot, xsDestructor validator);
void stand_in_set_host_data(xsMachine *the, xsSlot *slot, void *data);
void stand_in_set_destructor(xsMachine *the, xsSlot *slot, xsDestructor destructor);
_Noreturn void stand_in_throw(xsMachine *the, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define xsArg(index) (*stand_in_arg(the, index))
#define xsmcToInteger(slot) stand_in_to_integer(the, &(slot))
#define xsmcTest(slot) stand_in_test(the, &(slot))
#define xsmcSetInteger(slot, value) stand_in_set_integer(the, &(slot), value)
#define xsmcGetBufferReadable(slot, data, count) stand_in_buffer(the, &(slot), data, count)
#define xsmcGetHostData(slot) stand_in_host_data(the, &(slot))
#define xsmcGetHostDataValidate(slot, validator) stand_in_host_data_of(the, &(slot), validator)
#define xsmcSetHostData(slot, value) stand_in_set_host_data(the, &(slot), value)
#define xsmcSetHostDestructor(slot, value) stand_in_set_destructor(the, &(slot), value)
#define xsRangeError(...) stand_in_throw(the, __VA_ARGS__)
#define xsUnknownError(...) stand_in_throw(the, __VA_ARGS__)
