/*
 * A frame is one transaction of the RMT: a composite encoder gives the preamble to a bytes encoder whose bits are chips, the line
 * bits to a bytes encoder whose bits are Manchester or VPPM symbols, and what is left of an octet to a copy encoder. Whatever the
 * JavaScript does meanwhile, no edge is late (one transaction a frame: two of them have 15 us between them).
 *
 * Between frames an endless transaction repeats the idle pattern from the channel's memory, without an interrupt:
 *
 *   idle loop -> send: stopped, frame transmitted, next idle loop queued behind it -> frame done -> idle loop
 *
 * Not tried on hardware: README.md.
 */
#include <stdlib.h>
#include <string.h>

#include "driver/rmt_encoder.h"
#include "driver/rmt_tx.h"
#include "esp_attr.h"
#include "soc/soc_caps.h"
#include "vlc-rmt.h"

#ifndef VLC_RMT_SYMBOLS
	/* Memory of one channel, refilled by halves: 48 symbols are 60 us of VPPM at 400 kHz until the interrupt must have come. */
	#define VLC_RMT_SYMBOLS SOC_RMT_MEM_WORDS_PER_CHANNEL
#endif
#ifndef __containerof
	#define __containerof(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
#endif

#define TICK_HZ 40000000
#define LONGEST_TICKS 32767 /* 15 bits */
/* An idle pattern is one loop in the channel's memory, which an end marker closes. */
#define IDLE_SYMBOLS (SOC_RMT_MEM_WORDS_PER_CHANNEL - 1)
#define QUEUE_DEPTH 2 /* a frame, and the idle loop behind it */

enum { PREAMBLE, PREAMBLE_REST, BITS, BITS_REST, PARTS };

typedef struct {
	rmt_symbol_word_t symbols[IDLE_SYMBOLS];
	size_t count;
} idle_t;

struct vlc_rmt {
	rmt_encoder_t frame;
	rmt_encoder_t loop;
	rmt_channel_handle_t channel;
	rmt_encoder_handle_t chips;
	rmt_encoder_handle_t bits;
	rmt_encoder_handle_t rest;
	rmt_encoder_handle_t idle_copy;
	bool vppm;
	bool zero_begins_lit;
	uint32_t period; /* ticks of the optical clock */
	uint32_t duty;   /* ticks of a VPPM pulse, from the next frame on */
	rmt_symbol_word_t chip[2];
	rmt_symbol_word_t bit[2];
	/* The frame on its way. */
	volatile bool busy;
	int part;
	const uint8_t *data[PARTS];
	size_t size[PARTS];
	rmt_symbol_word_t preamble_rest[7];
	rmt_symbol_word_t bits_rest[7];
	/* The pattern that the next loop takes; the other one is free to be written. */
	idle_t idles[2];
	idle_t *volatile idle;
	bool lit; /* the pin behind a frame, for the moment until the loop begins */
	bool looping;
	bool enabled;
	size_t max_octets;
	uint8_t octets[];
};

static rmt_symbol_word_t symbol(uint32_t level0, uint32_t duration0, uint32_t level1, uint32_t duration1)
{
	rmt_symbol_word_t word = { .level0 = level0, .duration0 = duration0, .level1 = level1, .duration1 = duration1 };
	return word;
}

static size_t encode_frame(rmt_encoder_t *encoder, rmt_channel_handle_t channel, const void *data, size_t size,
	rmt_encode_state_t *result)
{
	struct vlc_rmt *light = __containerof(encoder, struct vlc_rmt, frame);
	rmt_encoder_handle_t encoders[PARTS] = { light->chips, light->rest, light->bits, light->rest };
	rmt_encode_state_t state = RMT_ENCODING_RESET;
	size_t symbols = 0;
	(void)data;
	(void)size;
	while (light->part < PARTS) {
		rmt_encoder_handle_t part = encoders[light->part];
		rmt_encode_state_t session = RMT_ENCODING_RESET;
		if (light->size[light->part] == 0) {
			light->part++;
			continue;
		}
		symbols += part->encode(part, channel, light->data[light->part], light->size[light->part], &session);
		if (session & RMT_ENCODING_COMPLETE)
			light->part++;
		if (session & RMT_ENCODING_MEM_FULL) {
			state |= RMT_ENCODING_MEM_FULL;
			break;
		}
	}
	/* An empty part behind a full memory is for the next call, which then has nothing to do but to say so. */
	if (light->part == PARTS) {
		light->part = 0;
		state |= RMT_ENCODING_COMPLETE;
	}
	*result = state;
	return symbols;
}

static esp_err_t reset_frame(rmt_encoder_t *encoder)
{
	struct vlc_rmt *light = __containerof(encoder, struct vlc_rmt, frame);
	light->part = 0;
	rmt_encoder_reset(light->chips);
	rmt_encoder_reset(light->bits);
	rmt_encoder_reset(light->rest);
	return ESP_OK;
}

/* The pattern is looked up when the loop begins, which may be long after it was queued. */
static size_t encode_loop(rmt_encoder_t *encoder, rmt_channel_handle_t channel, const void *data, size_t size,
	rmt_encode_state_t *result)
{
	struct vlc_rmt *light = __containerof(encoder, struct vlc_rmt, loop);
	const idle_t *idle = light->idle;
	(void)data;
	(void)size;
	return light->idle_copy->encode(light->idle_copy, channel, idle->symbols, idle->count * sizeof(rmt_symbol_word_t), result);
}

static esp_err_t reset_loop(rmt_encoder_t *encoder)
{
	struct vlc_rmt *light = __containerof(encoder, struct vlc_rmt, loop);
	return rmt_encoder_reset(light->idle_copy);
}

static esp_err_t keep(rmt_encoder_t *encoder)
{
	(void)encoder;
	return ESP_OK;
}

/* An endless loop is never done, so this is the frame. */
static bool IRAM_ATTR frame_done(rmt_channel_handle_t channel, const rmt_tx_done_event_data_t *event, void *user)
{
	struct vlc_rmt *light = user;
	(void)channel;
	(void)event;
	light->busy = false;
	return false;
}

/* Takes what an octet holds beyond whole octets, as symbols. */
static size_t rest_of(const rmt_symbol_word_t words[2], const uint8_t *octets, uint32_t count, rmt_symbol_word_t *into)
{
	uint32_t rest = count & 7;
	for (uint32_t i = 0; i < rest; i++)
		into[i] = words[(octets[count >> 3] >> i) & 1];
	return rest * sizeof(rmt_symbol_word_t);
}

static void set_bits(struct vlc_rmt *light)
{
	uint32_t period = light->period;
	if (light->vppm) {
		light->bit[0] = symbol(1, light->duty, 0, period - light->duty);
		light->bit[1] = symbol(0, period - light->duty, 1, light->duty);
	} else {
		uint32_t first = light->zero_begins_lit ? 1 : 0;
		light->bit[0] = symbol(first, period, 1 - first, period);
		light->bit[1] = symbol(1 - first, period, first, period);
	}
}

static esp_err_t stop(struct vlc_rmt *light)
{
	esp_err_t error = ESP_OK;
	if (light->enabled)
		error = rmt_disable(light->channel);
	light->enabled = false;
	light->looping = false;
	return error;
}

static esp_err_t start(struct vlc_rmt *light)
{
	esp_err_t error = rmt_enable(light->channel);
	light->enabled = error == ESP_OK;
	return error;
}

static esp_err_t loop(struct vlc_rmt *light)
{
	rmt_transmit_config_t config = { .loop_count = -1, .flags.eot_level = light->lit };
	esp_err_t error = rmt_transmit(light->channel, &light->loop, light->idles, sizeof(light->idles), &config);
	light->looping = error == ESP_OK;
	return error;
}

esp_err_t vlc_rmt_new(const vlc_rmt_config_t *config, vlc_rmt_t *result)
{
	uint32_t period = TICK_HZ / config->clock_hz;
	if (config->clock_hz == 0 || period * config->clock_hz != TICK_HZ || period < 4 || period > LONGEST_TICKS)
		return ESP_ERR_INVALID_ARG;
	struct vlc_rmt *light = calloc(1, sizeof(struct vlc_rmt) + config->max_octets);
	if (light == NULL)
		return ESP_ERR_NO_MEM;
	light->frame = (rmt_encoder_t){ .encode = encode_frame, .reset = reset_frame, .del = keep };
	light->loop = (rmt_encoder_t){ .encode = encode_loop, .reset = reset_loop, .del = keep };
	light->vppm = config->vppm;
	light->zero_begins_lit = config->zero_begins_lit;
	light->period = period;
	light->duty = period / 2;
	light->max_octets = config->max_octets;
	light->chip[0] = symbol(0, period / 2, 0, period - period / 2);
	light->chip[1] = symbol(1, period / 2, 1, period - period / 2);
	set_bits(light);
	light->idle = &light->idles[0];
	light->idle->symbols[0] = light->chip[0];
	light->idle->count = 1;

	rmt_tx_channel_config_t channel = {
		.gpio_num = config->gpio,
		.clk_src = RMT_CLK_SRC_DEFAULT,
		.resolution_hz = TICK_HZ,
		.mem_block_symbols = VLC_RMT_SYMBOLS,
		.trans_queue_depth = QUEUE_DEPTH,
		.flags.invert_out = config->invert,
	};
	rmt_bytes_encoder_config_t chips = { .bit0 = light->chip[0], .bit1 = light->chip[1] };
	rmt_bytes_encoder_config_t bits = { .bit0 = light->bit[0], .bit1 = light->bit[1] };
	rmt_copy_encoder_config_t copy = { 0 };
	rmt_tx_event_callbacks_t callbacks = { .on_trans_done = frame_done };
	esp_err_t error = rmt_new_tx_channel(&channel, &light->channel);
	if (error == ESP_OK)
		error = rmt_new_bytes_encoder(&chips, &light->chips);
	if (error == ESP_OK)
		error = rmt_new_bytes_encoder(&bits, &light->bits);
	if (error == ESP_OK)
		error = rmt_new_copy_encoder(&copy, &light->rest);
	if (error == ESP_OK)
		error = rmt_new_copy_encoder(&copy, &light->idle_copy);
	if (error == ESP_OK)
		error = rmt_tx_register_event_callbacks(light->channel, &callbacks, light);
	if (error == ESP_OK)
		error = start(light);
	if (error != ESP_OK) {
		vlc_rmt_delete(light);
		return error;
	}
	*result = light;
	return ESP_OK;
}

esp_err_t vlc_rmt_send(vlc_rmt_t light, const uint8_t *octets, size_t count, uint32_t preamble_chips, uint32_t bits_at,
	uint32_t bit_count)
{
	size_t octet_count = bits_at + ((size_t)bit_count + 7) / 8;
	if (octet_count > light->max_octets || octet_count > count || (preamble_chips + 7) / 8 > bits_at)
		return ESP_ERR_INVALID_SIZE;
	if (light->busy)
		return ESP_ERR_INVALID_STATE;
	esp_err_t error = stop(light);
	if (error != ESP_OK)
		return error;
	memcpy(light->octets, octets, octet_count);
	if (light->vppm) {
		set_bits(light);
		rmt_bytes_encoder_config_t bits = { .bit0 = light->bit[0], .bit1 = light->bit[1] };
		rmt_bytes_encoder_update_config(light->bits, &bits);
	}
	const uint8_t *bits = light->octets + bits_at;
	light->data[PREAMBLE] = light->octets;
	light->size[PREAMBLE] = preamble_chips >> 3;
	light->data[PREAMBLE_REST] = (const uint8_t *)light->preamble_rest;
	light->size[PREAMBLE_REST] = rest_of(light->chip, light->octets, preamble_chips, light->preamble_rest);
	light->data[BITS] = bits;
	light->size[BITS] = bit_count >> 3;
	light->data[BITS_REST] = (const uint8_t *)light->bits_rest;
	light->size[BITS_REST] = rest_of(light->bit, bits, bit_count, light->bits_rest);
	light->part = 0;
	error = start(light);
	if (error != ESP_OK)
		return error;
	rmt_transmit_config_t config = { .loop_count = 0, .flags.eot_level = light->lit };
	light->busy = true;
	error = rmt_transmit(light->channel, &light->frame, light->octets, octet_count, &config);
	if (error != ESP_OK) {
		light->busy = false;
		return error;
	}
	return loop(light);
}

/* Runs of equal chips, two a symbol; an odd last run is cut in two. */
static bool set_idle(const struct vlc_rmt *light, idle_t *idle, const uint8_t *chips, uint32_t count)
{
	uint32_t half = 0, half_level = 0;
	idle->count = 0;
	for (uint32_t from = 0; from < count;) {
		uint32_t level = (chips[from >> 3] >> (from & 7)) & 1;
		uint32_t end = from + 1;
		while (end < count && ((chips[end >> 3] >> (end & 7)) & 1) == level)
			end++;
		uint32_t ticks = (end - from) * light->period;
		from = end;
		if (ticks / 2 > LONGEST_TICKS || idle->count == IDLE_SYMBOLS)
			return false;
		if (half == 0 && (from == count || ticks > LONGEST_TICKS))
			idle->symbols[idle->count++] = symbol(level, ticks / 2, level, ticks - ticks / 2);
		else if (half == 0) {
			half = ticks;
			half_level = level;
		} else if (ticks > LONGEST_TICKS)
			return false;
		else {
			idle->symbols[idle->count++] = symbol(half_level, half, level, ticks);
			half = 0;
		}
	}
	return half == 0 && idle->count > 0;
}

esp_err_t vlc_rmt_shine(vlc_rmt_t light, uint32_t duty_permille, const uint8_t *idle, size_t count, uint32_t idle_chips)
{
	if (duty_permille == 0 || duty_permille >= 1000 || idle_chips == 0 || ((size_t)idle_chips + 7) / 8 > count)
		return ESP_ERR_INVALID_ARG;
	idle_t *other = light->idle == &light->idles[0] ? &light->idles[1] : &light->idles[0];
	if (!set_idle(light, other, idle, idle_chips))
		return ESP_ERR_INVALID_ARG;
	uint32_t lit = 0;
	for (uint32_t i = 0; i < idle_chips; i++)
		lit += (idle[i >> 3] >> (i & 7)) & 1;
	light->duty = (light->period * duty_permille + 500) / 1000;
	light->lit = 2 * lit >= idle_chips;
	light->idle = other;
	/* A loop that waits behind a frame looks the pattern up when it begins; one that runs must begin anew. */
	if (light->busy)
		return ESP_OK;
	esp_err_t error = stop(light);
	if (error == ESP_OK)
		error = start(light);
	return error == ESP_OK ? loop(light) : error;
}

void vlc_rmt_delete(vlc_rmt_t light)
{
	stop(light);
	if (light->channel != NULL)
		rmt_del_channel(light->channel);
	rmt_encoder_handle_t encoders[] = { light->chips, light->bits, light->rest, light->idle_copy };
	for (size_t i = 0; i < sizeof(encoders) / sizeof(encoders[0]); i++)
		if (encoders[i] != NULL)
			rmt_del_encoder(encoders[i]);
	free(light);
}
