/*
 * An RMT on a PC, with the driver's manners that vlc-rmt.c relies on: encoders that stop when the channel's memory is full and go on
 * where they stopped, the memory refilled by halves, a queue, endless loops that must fit the memory, states that are checked. What
 * leaves is printed when time passes. It shows that the module hands over the right symbols, not what hardware makes of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/rmt_tx.h"
#include "rmt.h"
#include "soc/soc_caps.h"

#define fail(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(2))
#define QUEUE_MAX 8

typedef struct {
	rmt_encoder_t base;
	rmt_bytes_encoder_config_t config;
	bool is_copy;
	size_t at; /* in bits of a bytes encoder, in symbols of a copy encoder */
} encoder_t;

typedef struct {
	rmt_encoder_handle_t encoder;
	const void *payload;
	size_t size;
	rmt_transmit_config_t config;
} transaction_t;

struct rmt_channel_t {
	rmt_tx_channel_config_t config;
	rmt_tx_event_callbacks_t callbacks;
	void *user;
	bool enabled;
	transaction_t queue[QUEUE_MAX];
	size_t queued;
	bool looping;
	/* Free words of the memory, and the symbols of the transaction on its way. */
	size_t room;
	rmt_symbol_word_t *symbols;
	size_t count, capacity;
};

static struct rmt_channel_t *channels[SOC_RMT_TX_CANDIDATES_PER_GROUP];

static bool emit(rmt_channel_handle_t channel, rmt_symbol_word_t word)
{
	if (channel->room == 0)
		return false;
	if (word.duration0 == 0 || word.duration1 == 0)
		fail("a symbol of no duration ends the transaction");
	channel->room--;
	if (channel->count == channel->capacity) {
		channel->capacity = channel->capacity * 2 + 64;
		channel->symbols = realloc(channel->symbols, channel->capacity * sizeof(rmt_symbol_word_t));
	}
	channel->symbols[channel->count++] = word;
	return true;
}

static size_t encode(rmt_encoder_t *base, rmt_channel_handle_t channel, const void *data, size_t size,
	rmt_encode_state_t *state)
{
	encoder_t *encoder = (encoder_t *)base;
	size_t total = encoder->is_copy ? size / sizeof(rmt_symbol_word_t) : size * 8, symbols = 0;
	*state = RMT_ENCODING_RESET;
	while (encoder->at < total) {
		rmt_symbol_word_t word;
		if (encoder->is_copy)
			memcpy(&word, (const uint8_t *)data + encoder->at * sizeof(word), sizeof(word));
		else {
			uint32_t bit = encoder->config.flags.msb_first ? 7 - (encoder->at & 7) : encoder->at & 7;
			word = (((const uint8_t *)data)[encoder->at >> 3] >> bit) & 1 ? encoder->config.bit1 : encoder->config.bit0;
		}
		if (!emit(channel, word))
			break;
		encoder->at++;
		symbols++;
	}
	if (encoder->at == total) {
		encoder->at = 0;
		*state |= RMT_ENCODING_COMPLETE;
	}
	if (channel->room == 0)
		*state |= RMT_ENCODING_MEM_FULL;
	return symbols;
}

static esp_err_t reset(rmt_encoder_t *base)
{
	((encoder_t *)base)->at = 0;
	return ESP_OK;
}

static esp_err_t del(rmt_encoder_t *base)
{
	free(base);
	return ESP_OK;
}

static encoder_t *new_encoder(bool is_copy)
{
	encoder_t *encoder = calloc(1, sizeof(encoder_t));
	encoder->base = (rmt_encoder_t){ .encode = encode, .reset = reset, .del = del };
	encoder->is_copy = is_copy;
	return encoder;
}

esp_err_t rmt_new_bytes_encoder(const rmt_bytes_encoder_config_t *config, rmt_encoder_handle_t *result)
{
	encoder_t *encoder = new_encoder(false);
	encoder->config = *config;
	*result = &encoder->base;
	return ESP_OK;
}

esp_err_t rmt_bytes_encoder_update_config(rmt_encoder_handle_t encoder, const rmt_bytes_encoder_config_t *config)
{
	((encoder_t *)encoder)->config = *config;
	return ESP_OK;
}

esp_err_t rmt_new_copy_encoder(const rmt_copy_encoder_config_t *config, rmt_encoder_handle_t *result)
{
	(void)config;
	*result = &new_encoder(true)->base;
	return ESP_OK;
}

esp_err_t rmt_encoder_reset(rmt_encoder_handle_t encoder)
{
	return encoder->reset(encoder);
}

esp_err_t rmt_del_encoder(rmt_encoder_handle_t encoder)
{
	return encoder->del(encoder);
}

esp_err_t rmt_new_tx_channel(const rmt_tx_channel_config_t *config, rmt_channel_handle_t *result)
{
	for (size_t i = 0; i < SOC_RMT_TX_CANDIDATES_PER_GROUP; i++) {
		if (channels[i] != NULL)
			continue;
		channels[i] = calloc(1, sizeof(struct rmt_channel_t));
		channels[i]->config = *config;
		*result = channels[i];
		return ESP_OK;
	}
	return ESP_ERR_NOT_FOUND;
}

esp_err_t rmt_del_channel(rmt_channel_handle_t channel)
{
	if (channel->enabled)
		return ESP_ERR_INVALID_STATE;
	for (size_t i = 0; i < SOC_RMT_TX_CANDIDATES_PER_GROUP; i++)
		if (channels[i] == channel)
			channels[i] = NULL;
	free(channel->symbols);
	free(channel);
	return ESP_OK;
}

esp_err_t rmt_enable(rmt_channel_handle_t channel)
{
	if (channel->enabled)
		return ESP_ERR_INVALID_STATE;
	channel->enabled = true;
	return ESP_OK;
}

/* The transaction on its way and those that wait are dropped. */
esp_err_t rmt_disable(rmt_channel_handle_t channel)
{
	if (!channel->enabled)
		return ESP_ERR_INVALID_STATE;
	channel->enabled = channel->looping = false;
	channel->queued = 0;
	return ESP_OK;
}

esp_err_t rmt_transmit(rmt_channel_handle_t channel, rmt_encoder_handle_t encoder, const void *payload, size_t size,
	const rmt_transmit_config_t *config)
{
	if (!channel->enabled)
		return ESP_ERR_INVALID_STATE;
	if (size == 0)
		return ESP_ERR_INVALID_ARG;
	if (channel->looping || channel->queued == channel->config.trans_queue_depth)
		fail("rmt_transmit would wait for ever");
	channel->queue[channel->queued++] = (transaction_t){ encoder, payload, size, *config };
	return ESP_OK;
}

esp_err_t rmt_tx_register_event_callbacks(rmt_channel_handle_t channel, const rmt_tx_event_callbacks_t *callbacks,
	void *user)
{
	if (channel->enabled)
		return ESP_ERR_INVALID_STATE;
	channel->callbacks = *callbacks;
	channel->user = user;
	return ESP_OK;
}

static void encode_all(rmt_channel_handle_t channel, const transaction_t *transaction)
{
	size_t memory = channel->config.mem_block_symbols;
	bool loops = transaction->config.loop_count != 0;
	rmt_encode_state_t state = RMT_ENCODING_RESET;
	channel->room = memory;
	channel->count = 0;
	transaction->encoder->reset(transaction->encoder);
	transaction->encoder->encode(transaction->encoder, channel, transaction->payload, transaction->size, &state);
	for (size_t refills = 0; !(state & RMT_ENCODING_COMPLETE); refills++) {
		if (loops)
			fail("a loop must fit the channel's memory");
		if (refills > 100000)
			fail("the encoder never ends");
		channel->room += memory / 2;
		transaction->encoder->encode(transaction->encoder, channel, transaction->payload, transaction->size, &state);
	}
	/* The end marker of a loop takes a word as well. */
	if (loops && channel->count >= memory)
		fail("a loop must fit the channel's memory with its end marker");
}

static void print(const rmt_channel_handle_t channel, const char *what)
{
	printf("%s %d %d", what, channel->config.gpio_num, (int)channel->config.flags.invert_out);
	for (size_t i = 0; i < channel->count; i++) {
		rmt_symbol_word_t word = channel->symbols[i];
		printf(" %d:%d %d:%d", word.level0, word.duration0, word.level1, word.duration1);
	}
	putchar('\n');
}

void rmt_let_time_pass(void)
{
	for (size_t i = 0; i < SOC_RMT_TX_CANDIDATES_PER_GROUP; i++) {
		rmt_channel_handle_t channel = channels[i];
		while (channel != NULL && channel->queued > 0) {
			transaction_t transaction = channel->queue[0];
			memmove(channel->queue, channel->queue + 1, --channel->queued * sizeof(transaction_t));
			encode_all(channel, &transaction);
			if (transaction.config.loop_count != 0) {
				channel->looping = true;
				print(channel, "loop");
				continue;
			}
			print(channel, "frame");
			rmt_tx_done_event_data_t event = { channel->count };
			if (channel->callbacks.on_trans_done != NULL)
				channel->callbacks.on_trans_done(channel, &event, channel->user);
		}
	}
}
