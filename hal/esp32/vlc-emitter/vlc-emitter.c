/* Between XS and vlc-rmt.c: arguments in, results out. Arguments were checked by light-emitter.ts. */
#include "xsmc.h"
#include "xsHost.h"

#include "builtinCommon.h"
#include "vlc-rmt.h"

/* What `send` says. */
enum { TAKEN = 0, BUSY = 1 };

typedef struct {
	vlc_rmt_t light;
	uint32_t pin;
} emitter_t;

static void release(emitter_t *emitter)
{
	vlc_rmt_delete(emitter->light);
	builtinFreePin(emitter->pin);
	c_free(emitter);
}

void xs_vlc_emitter_destructor(void *data)
{
	if (data != NULL)
		release(data);
}

/* (pin, clockHz, vppm, zeroBegins, invert, maxOctets) */
void xs_vlc_emitter_constructor(xsMachine *the)
{
	uint32_t pin = builtinGetPin(the, &xsArg(0));
	vlc_rmt_config_t config = {
		.gpio = pin,
		.clock_hz = xsmcToInteger(xsArg(1)),
		.vppm = xsmcTest(xsArg(2)),
		.zero_begins_lit = xsmcToInteger(xsArg(3)) == 1,
		.invert = xsmcTest(xsArg(4)),
		.max_octets = xsmcToInteger(xsArg(5)),
	};
	if (!builtinIsPinFree(pin))
		xsRangeError("in use");
	emitter_t *emitter = c_malloc(sizeof(emitter_t));
	if (emitter == NULL)
		xsRangeError("no memory");
	emitter->pin = pin;
	esp_err_t error = vlc_rmt_new(&config, &emitter->light);
	if (error != ESP_OK) {
		c_free(emitter);
		if (error == ESP_ERR_NOT_FOUND)
			xsRangeError("no RMT channel is free");
		xsUnknownError("RMT error %d", (int)error);
	}
	builtinUsePin(pin);
	xsmcSetHostData(xsThis, emitter);
}

/* (octets, preambleChips, bitsAt, bitCount): 0 taken, 1 a frame is on its way */
void xs_vlc_emitter_send(xsMachine *the)
{
	emitter_t *emitter = xsmcGetHostDataValidate(xsThis, xs_vlc_emitter_destructor);
	void *octets;
	xsUnsignedValue count;
	xsmcGetBufferReadable(xsArg(0), &octets, &count);
	esp_err_t error = vlc_rmt_send(
		emitter->light, octets, count, xsmcToInteger(xsArg(1)), xsmcToInteger(xsArg(2)), xsmcToInteger(xsArg(3)));
	if (error != ESP_OK && error != ESP_ERR_INVALID_STATE)
		xsUnknownError("RMT error %d", (int)error);
	xsmcSetInteger(xsResult, error == ESP_OK ? TAKEN : BUSY);
}

/* (dutyPermille, idle, idleChips) */
void xs_vlc_emitter_shine(xsMachine *the)
{
	emitter_t *emitter = xsmcGetHostDataValidate(xsThis, xs_vlc_emitter_destructor);
	void *idle;
	xsUnsignedValue count;
	xsmcGetBufferReadable(xsArg(1), &idle, &count);
	esp_err_t error = vlc_rmt_shine(emitter->light, xsmcToInteger(xsArg(0)), idle, count, xsmcToInteger(xsArg(2)));
	if (error != ESP_OK)
		xsUnknownError("RMT error %d", (int)error);
}

void xs_vlc_emitter_close(xsMachine *the)
{
	emitter_t *emitter = xsmcGetHostData(xsThis);
	if (emitter == NULL)
		return;
	xsmcGetHostDataValidate(xsThis, xs_vlc_emitter_destructor);
	xsmcSetHostData(xsThis, NULL);
	xsmcSetHostDestructor(xsThis, NULL);
	release(emitter);
}
